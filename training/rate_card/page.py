"""The card as one HTML file, for a screen, a phone and paper."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from vidcat.training.pages import clock, in_base64, render_page
from vidcat.training.rate_card.card import CardRow, RateCard
from vidcat.training.rate_card.measured import MeasuredCategory
from vidcat.training.rate_card.pictures import Picture, Pictures
from vidcat.training.rate_card.selling import RULE

SHOWN_LANGUAGES: Final = 3
"""The commonest; all are in the JSON form."""

_TEMPLATE: Final = Path(__file__).with_name("templates") / "rate_card.html"
_NOTHING: Final = "\N{EN DASH}"
"""Stands where a figure has no value."""


def page_of(card: RateCard, *, made_on: date, pictures: Pictures | None = None) -> str:
    """The text of the HTML file.

    It loads nothing and sends nothing: its content security policy allows the style
    and the script within it alone. Without the script everything is still there, only
    sorting and searching are not.

    Args:
        card: The card.
        made_on: For the reader.
        pictures: Of its categories; a column without them is left out.
    """
    return render_page(
        _TEMPLATE,
        card=card,
        word=card.precision_name,
        rule=RULE,
        cautions=_cautions(card),
        made_on=f"{made_on:%d %B %Y}".lstrip("0"),
        rows=[_shown(row, pictures) for row in card.rows],
        pictures=pictures is not None,
    )


def _cautions(card: RateCard) -> list[str]:
    """What a reader has to know before trusting the figures."""
    cautions = []
    if card.truth == "pseudo":
        cautions.append(
            "The labels that this was measured against were set by a model: figures "
            "are agreement with it, and nothing may be sold on them."
        )
    if not card.bundle_is_measured:
        cautions.append(
            "The run does not say which model it measured; whether it is the one "
            "behind these results is not known."
        )
    if not card.catalog_given:
        cautions.append(
            "No catalog was given: minutes, languages and pictures are not known."
        )
    elif card.not_in_catalog:
        cautions.append(
            f"{card.not_in_catalog:,} videos are not in the catalog; their minutes and "
            "languages are not known."
        )
    return cautions


def _shown(row: CardRow, pictures: Pictures | None) -> dict[str, Any]:
    """What the page shows of a row; `..._value` is what it is sorted by."""
    tally = row.tally
    unknown = f"+ {tally.unknown_durations:,} of unknown duration"
    return {
        "id": row.category.id,
        "name": row.category.name,
        "path": row.category.path_text,
        "sensitive": row.category.sensitive,
        "sellable": row.sellable.yes,
        "reason": row.sellable.text,
        "videos": tally.videos,
        "minutes": _NOTHING if row.minutes is None else _rounded(row.minutes),
        "minutes_value": "" if row.minutes is None else f"{row.minutes:.2f}",
        "unknown": unknown if row.minutes and tally.unknown_durations else "",
        **_measured(row.measured),
        "languages": _languages(row),
        "score": f"{row.average_score:.2f}",
        "evidence": f"{row.evidence_share:.0%}",
        "evidence_value": f"{row.evidence_share:.4f}",
        "pictures": [
            {
                "data": in_base64(one.jpeg),
                "about": _about(one),
            }
            for one in (pictures.by_category[row.category.id] if pictures else ())
        ],
    }


def _rounded(minutes: float) -> str:
    return f"{minutes:,.0f}" if minutes >= 10 else f"{minutes:.1f}"


def _measured(measured: MeasuredCategory | None) -> dict[str, str]:
    if measured is None or measured.precision is None:
        blank = dict.fromkeys(("precision_value", "interval", "counts"), "")
        return {"precision": _NOTHING, **blank}
    return {
        "precision": f"{measured.precision:.2f}",
        "precision_value": f"{measured.precision:.4f}",
        "interval": "{:.2f} to {:.2f}".format(*measured.interval),
        "counts": f"{measured.right:,} of {measured.said:,}",
    }


def _languages(row: CardRow) -> str:
    counts = row.tally.languages
    shown = [f"{name} {n:,}" for name, n in counts.most_common(SHOWN_LANGUAGES)]
    others = len(counts) - len(shown)
    if others > 0:
        shown.append(f"{others} more")
    return ", ".join(shown) or _NOTHING


def _about(picture: Picture) -> str:
    if picture.seconds is None:
        return picture.video_id
    return f"{picture.video_id}, at {clock(picture.seconds)}"
