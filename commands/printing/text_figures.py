"""What `vidcat text` says of a training, and of how good a text categorizer is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidcat.commands.printing.console import say, say_left_out
from vidcat.commands.printing.figures import print_assessment

if TYPE_CHECKING:
    from vidcat.inference.text_categorizer import TextCategorizer
    from vidcat.training.texts.assessment import TextAssessment


def say_what_was_used(categorizer: "TextCategorizer", out: Path) -> None:
    """Says what a training left out, dropped, and labelled by itself."""
    facts: dict[str, Any] = dict(categorizer.provenance)
    say_left_out(facts["left_out"], "rows")
    if facts["weakly_labelled"]:
        say(
            f"Labelled by the lexicon: {facts['weakly_labelled']} training rows; "
            f"thresholds and figures are against {categorizer.truth} truth."
        )
    if facts["dropped_categories"]:
        say(
            f"Dropped: {len(facts['dropped_categories'])} categories with fewer than "
            f"{facts['config']['min_examples']} training rows (listed in "
            f"{out / 'text.json'})."
        )
    for part, absent in facts["absent_categories"].items():
        say(f"Without an example in the {part} part: {', '.join(absent)}.")


def print_text_assessment(assessment: "TextAssessment", *, as_json: bool) -> None:
    """Prints an assessment on stdout, and what it does not cover on stderr."""
    print_assessment(assessment, as_json=as_json)
    without = {state: n for state, n in assessment.states.items() if state != "ok"}
    for state, count in without.items():
        say(f"Not covered: {count} rows, {state.replace('_', ' ')}.")
    say_left_out(assessment.left_out, "rows")
    if assessment.rare_languages:
        counts = assessment.rare_languages.items()
        found = ", ".join(f"{language} ({count})" for language, count in counts)
        say(f"Too few rows for figures of their own: {found}.")
