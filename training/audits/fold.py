"""Folds a person's verdicts back into a catalog, as audited truth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.audits.rows import AuditRow, InvalidAudit
from vidcat.training.pseudo_labels import own_truth


@dataclass(frozen=True, kw_only=True)
class FoldedAudit:
    """A catalog with audited truth, and what became of the verdicts."""

    videos: tuple[Video, ...]
    """All rows of the catalog, in its order."""
    verdicts: Mapping[str, int]
    """Rows of the table by verdict; `unreviewed` where there is none."""
    audited: int
    """Videos whose labels are now what a person said."""
    kept_gold: int
    """Reviewed videos that have gold labels and kept them."""


def fold_audit(
    rows: Sequence[AuditRow],
    videos: Sequence[Video],
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> FoldedAudit:
    """Gives reviewed videos the labels that a person said.

    A yes is a label, and so are its ancestors; a no is none, and neither is anything
    below it. All other labels of the set are unknown of that video, the unsure ones
    among them. What an earlier audit found stays, unless it is judged anew. A video
    with gold labels keeps them; one without a yes or a no stays as it is.

    Args:
        rows: Rows of a reviewed table.
        videos: Rows of the catalog that it was drawn from.
        label_set: The labels that are unknown where nobody judged them.
        taxonomy: The taxonomy they belong to.

    Returns:
        The catalog with what was found.

    Raises:
        InvalidAudit: If a row's video is not in the catalog, its category is not in
            the taxonomy, or verdicts contradict each other; names file, row and
            column.
    """
    at = {video.id: position for position, video in enumerate(videos)}
    judged: dict[str, list[AuditRow]] = {}
    for row in rows:
        if row.id not in at:
            raise InvalidAudit(
                f"{row.place}: `id` must be that of a video of the catalog. Received: "
                f"id={row.id!r}. Have the spreadsheet keep the column as text."
            )
        if row.category_id not in taxonomy:
            raise InvalidAudit(
                f"{row.place}: `category_id` must be a category of the IAB Content "
                f"Taxonomy {taxonomy.version}. Received: "
                f"category_id={row.category_id!r}. Have the spreadsheet keep the "
                "column as text."
            )
        if row.verdict is not None:
            judged.setdefault(row.id, []).append(row)
    folded = list(videos)
    kept_gold = 0
    audited = 0
    for video_id, verdicts in judged.items():
        video = videos[at[video_id]]
        if own_truth(video) == "gold":
            kept_gold += 1
        elif any(row.verdict in {"yes", "no"} for row in verdicts):
            audited += 1
            folded[at[video_id]] = _audited(video, verdicts, label_set, taxonomy)
    return FoldedAudit(
        videos=tuple(folded),
        verdicts=Counter(
            "unreviewed" if row.verdict is None else row.verdict for row in rows
        ),
        audited=audited,
        kept_gold=kept_gold,
    )


def _audited(
    video: Video, rows: Sequence[AuditRow], label_set: LabelSet, taxonomy: Taxonomy
) -> Video:
    said = {row.category_id: row for row in rows if row.verdict == "yes"}
    denied = {row.category_id: row for row in rows if row.verdict == "no"}
    yes, no = set(taxonomy.with_ancestors(said)), _with_descendants(denied, taxonomy)
    for category_id, row in said.items():
        for above in (category_id, *taxonomy.ancestors(category_id)):
            if above in denied:
                raise InvalidAudit(
                    f"{row.place}: `verdict` must agree with that of the categories "
                    f"above. Received: yes to {row.category_path!r}, no to "
                    f"{denied[above].category_path!r} in {denied[above].place}. "
                    "Change one of them, or write unsure."
                )
    unsure = {row.category_id for row in rows if row.verdict == "unsure"} - yes - no
    if own_truth(video) == "audited":
        earlier = set(taxonomy.with_ancestors(video.labels or ()))
        open_before = set(video.unknown_labels)
        denied_before = {one for one in label_set if one not in earlier | open_before}
        yes |= earlier - no - unsure
        no |= denied_before - yes - unsure
    unknown = [one for one in label_set if one not in yes | no]
    unknown += sorted(unsure.difference(label_set))
    return replace(
        video,
        labels=tuple(category.id for category in taxonomy if category.id in yes),
        unknown_labels=tuple(unknown),
        truth="audited",
    )


def _with_descendants(
    category_ids: Mapping[str, AuditRow], taxonomy: Taxonomy
) -> set[str]:
    return {
        below
        for category_id in category_ids
        for below in (category_id, *taxonomy.descendants(category_id))
    }
