"""`vidcat taxonomy`: looks up categories of the IAB Content Taxonomy."""

import json
import textwrap
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from vidcat.commands.taxonomy_versions import diff, map_categories
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Category, Taxonomy, UnknownCategory

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Looks up categories of the IAB Content Taxonomy.",
)

# typer refuses other values as wrong usage and lists these in the help.
Version = Annotated[
    Literal["1.0", "2.0", "2.1", "2.2", "3.0", "3.1"],
    typer.Option("--taxonomy-version", help="Version of the taxonomy."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON, one object a line, for programs.")
]


@app.command()
def show(
    category: Annotated[
        str, typer.Argument(help="An id, a path ('Sports > Tennis') or a name.")
    ],
    taxonomy_version: Version = "3.1",
    as_json: AsJson = False,
) -> None:
    """Shows one category: its id, path, parent and children.

    For example:

      vidcat taxonomy show 539

      vidcat taxonomy show "Sports > Tennis" --json

      vidcat taxonomy show IAB1-6 --taxonomy-version 1.0
    """
    taxonomy = load_iab(taxonomy_version)
    found = taxonomy.find(category)
    if as_json:
        typer.echo(json.dumps(_facts(taxonomy, found), ensure_ascii=False))
        return
    typer.echo(_line(found))
    typer.echo(f"  taxonomy   {taxonomy.version}, tier {found.tier}")
    if found.parent_id is not None:
        typer.echo(f"  parent     {_line(taxonomy[found.parent_id])}")
    if found.sensitive:
        typer.echo("  sensitive  marked as sensitive data (SCD)")
    if (mark := _label_mark(taxonomy, found)) is not None:
        seen = "visual" if mark else "not visual"
        typer.echo(f"  label      among the default labels, {seen}")
    for position, child in enumerate(taxonomy.children(found.id)):
        typer.echo(
            f"  {'children' if position == 0 else '':9}  {_line(taxonomy[child])}"
        )


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words that the path must hold.")],
    taxonomy_version: Version = "3.1",
    as_json: AsJson = False,
) -> None:
    """Lists the categories whose path holds every word, best first.

    Exits with status 1 if there is none.

    For example:

      vidcat taxonomy search football

      vidcat taxonomy search "rock music" --json
    """
    taxonomy = load_iab(taxonomy_version)
    found = taxonomy.search(text)
    if not found:
        close = ", ".join(f"{c.id} ({c.path_text})" for c in taxonomy.suggest(text))
        raise UnknownCategory(
            f"No category of taxonomy {taxonomy.version} holds {text!r}."
            + (f" Close: {close}." if close else "")
        )
    for category in found:
        if as_json:
            typer.echo(json.dumps(_facts(taxonomy, category), ensure_ascii=False))
        else:
            typer.echo(_line(category))


@app.command()
def tree(
    category: Annotated[
        str | None, typer.Argument(help="Only what is below this id, path or name.")
    ] = None,
    depth: Annotated[
        int | None, typer.Option(help="How many tiers to print; all by default.", min=1)
    ] = None,
    taxonomy_version: Version = "3.1",
) -> None:
    """Prints the taxonomy, or a part of it, indented by tier.

    For example:

      vidcat taxonomy tree --depth 1

      vidcat taxonomy tree "Video Gaming"
    """
    taxonomy = load_iab(taxonomy_version)
    roots = taxonomy.roots() if category is None else [taxonomy.find(category).id]
    for root in roots:
        top = taxonomy[root].tier
        for category_id in (root, *taxonomy.descendants(root)):
            found = taxonomy[category_id]
            if depth is None or found.tier - top < depth:
                line = f"{found.name}  [{found.id}]"
                typer.echo(textwrap.indent(line, "  " * (found.tier - top)))


@app.command()
def labels(
    file: Annotated[
        Path | None, typer.Argument(help="A label table; the default labels if none.")
    ] = None,
    visual: Annotated[
        bool, typer.Option("--visual", help="Only those told from frames alone.")
    ] = False,
) -> None:
    """Prints labels as a table to edit: id, path, visual or not, and why.

    The table has cells between tabs. It can be edited and given to `vidcat train
    --labels`; with FILE it is checked first.

    For example:

      vidcat taxonomy labels > labels.tsv

      vidcat taxonomy labels labels.tsv --visual
    """
    chosen = LabelSet.default() if file is None else LabelSet.read(file)
    typer.echo((chosen.visual_only() if visual else chosen).to_table(), nl=False)


app.command()(diff)
app.command("map")(map_categories)


def _line(category: Category) -> str:
    return f"{category.id}  {category.path_text}"


def _label_mark(taxonomy: Taxonomy, category: Category) -> bool | None:
    """Whether a default label is visual; `None` for what is no default label."""
    default = LabelSet.default()
    if taxonomy.version != default.taxonomy_version or category.id not in default:
        return None
    return default.visual[default.index(category.id)]


def _facts(taxonomy: Taxonomy, category: Category) -> dict[str, Any]:
    return {
        "taxonomy": taxonomy.version,
        "id": category.id,
        "name": category.name,
        "path": list(category.path),
        "tier": category.tier,
        "parent_id": category.parent_id,
        "children": list(taxonomy.children(category.id)),
        "sensitive": category.sensitive,
        "visual": _label_mark(taxonomy, category),
    }
