"""Says in another version of the taxonomy what was decided in one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vidcat.inference.evidence import Evidence
from vidcat.inference.explaining.reasons import IMPLIED
from vidcat.inference.merging import SOURCES, MergedDecision
from vidcat.inference.results import CategoryResult
from vidcat.taxonomy.crosswalk import Crosswalk
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True, kw_only=True)
class OtherVersion:
    """Turns decisions into results of another version, and counts what is lost.

    A category goes where the crosswalk leads: to all parts of what was split. A target
    that may say more than its source does is not confident. Ancestors are those of the
    target version: where a category has no place in it, those above have none either.
    """

    crosswalk: Crosswalk
    """Where each category goes."""
    lost: Counter[str] = field(default_factory=Counter)
    """Videos of which a category was said that has no target, by its id."""
    narrower: Counter[str] = field(default_factory=Counter)
    """Videos of which a target was said that may say more, by the id of its source."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The target version."""
        return load_iab(self.crosswalk.target_version)

    def results(
        self,
        decisions: Sequence[MergedDecision],
        evidence: Mapping[str, Evidence],
    ) -> tuple[CategoryResult, ...]:
        """The categories of one video.

        Args:
            decisions: What is said of it in the source version.
            evidence: The seconds that speak for each of these categories.

        Returns:
            Its categories in the target version, best score first.
        """
        said: dict[str, MergedDecision] = {}
        found: dict[str, Evidence] = {}
        for one in decisions:
            for at in () if one.implied else self._targets(one):
                _say(said, at)
                found.setdefault(at.category_id, evidence[one.category_id])
        for one in list(said.values()):
            for above in self.taxonomy.ancestors(one.category_id):
                _say(said, replace(one, category_id=above, implied=True))
        ordered = sorted(
            said.values(),
            key=lambda one: (
                *(-one.score, one.implied),
                -self.taxonomy[one.category_id].tier,
            ),
        )
        return tuple(
            one.result(
                self.taxonomy,
                *found.get(one.category_id, Evidence(reason=IMPLIED)),
            )
            for one in ordered
        )

    def _targets(self, decision: MergedDecision) -> list[MergedDecision]:
        mapping = self.crosswalk[decision.category_id]
        if not mapping.targets:
            self.lost[decision.category_id] += 1
        if mapping.narrower:
            self.narrower[decision.category_id] += 1
        return [
            replace(
                decision,
                category_id=target,
                confident=decision.confident and not mapping.narrower,
            )
            for target in mapping.targets
        ]


def _say(said: dict[str, MergedDecision], one: MergedDecision) -> None:
    """Adds a category to what is said, or to what already says it."""
    other = said.setdefault(one.category_id, one)
    if other is one:
        return
    # As in the source version: a chosen category answers for itself.
    answering = [each for each in (other, one) if each.implied == other.implied]
    if other.implied and not one.implied:
        answering = [one]
    said[one.category_id] = replace(
        other,
        score=max(other.score, one.score),
        confident=any(each.confident for each in answering),
        implied=other.implied and one.implied,
        sources=tuple(
            name for name in SOURCES if name in {*other.sources, *one.sources}
        ),
    )
