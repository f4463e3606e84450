import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reported_runs import simulated_run

from vidcat.inference.files.whole_files import UnfitFile
from vidcat.training.measuring.measured_run import VideoFacts
from vidcat.training.reporting.compose import compose_report
from vidcat.training.reporting.page import page_of, verdict, write_page

HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 2</script>",
    '" onmouseover="window.hacked = 3',
    "'><img src=x onerror=window.hacked=4>",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "{{ 7 * 7 }}",
    "half a pair \ud83d",
    "a" * 500,
)


def hostile_run(**fields):
    """Everything that an uploader can write is hostile."""
    run = simulated_run(titles=HOSTILE * 60, **fields)
    facts = tuple(
        replace(
            one,
            id=f"{HOSTILE[at % 8]}{at}",
            owner=HOSTILE[at % 8],
            upload_category=HOSTILE[at % 8],
        )
        for at, one in enumerate(run.videos)
    )
    noted = {"trained": {"left_out": {HOSTILE[0]: 3}, "config": {"seed": HOSTILE[1]}}}
    return replace(run, name=f"run {HOSTILE[0]}", videos=facts, provenance=noted)


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.text = [], []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)


def parsed(html):
    elements = Elements()
    elements.feed(html)
    return elements


def shown_text(html):
    without = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(parsed(without).text)


def pages_of(run, **options):
    return page_of(compose_report([run], examples=4, **options))


def test_page_and_json_say_the_same(tmp_path):
    document = compose_report([simulated_run()], examples=0)
    page, beside = write_page(document, tmp_path / "new" / "out.html")
    assert beside == tmp_path / "new" / "out.json"
    assert json.loads(beside.read_text()) == json.loads(json.dumps(document.to_json()))
    html = page.read_text(encoding="utf-8")
    point = document.ours.operating_point
    assert f"{100 * point.coverage:.1f}\u00a0%" in html
    assert f"{100 * point.precision:.1f}\u00a0%" in html
    low, high = document.ours.intervals.coverage
    assert f"{100 * low:.1f}\u2013{100 * high:.1f}" in html


def test_a_report_is_no_json_file(tmp_path):
    document = compose_report([simulated_run()], examples=0)
    with pytest.raises(ValueError, match=r"must be an HTML file.*out\.json$"):
        write_page(document, tmp_path / "out.json")


def test_the_requirement_comes_first():
    html = pages_of(simulated_run())
    assert html.index("The requirement") < html.index("against coverage</h2>")


def test_what_uploaders_wrote_stays_text():
    elements = parsed(pages_of(hostile_run()))
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 1
    assert "window.hacked" in "".join(elements.text)
    for tag, attributes in elements.found:
        assert not any(name.startswith("on") for name in attributes), tag
        assert attributes.get("src", "data:").startswith("data:image/jpeg;base64,") or (
            "src" not in attributes
        )
    assert "49" not in re.findall(r"\{\{.*?\}\}", "".join(elements.text))
    assert "{{ 7 * 7 }}" in "".join(elements.text)


def test_the_page_allows_its_own_style_and_script_and_no_network():
    html = pages_of(simulated_run())
    policy = next(
        attributes["content"]
        for tag, attributes in parsed(html).found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    for name in ("style", "script"):
        (inline,) = re.findall(f"<{name}>(.*?)</{name}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    for _, attributes in parsed(html).found:
        assert "style" not in attributes
        assert not re.match("https?:|//", attributes.get("href", "#"))


@pytest.mark.parametrize(
    "run",
    [
        simulated_run(threshold=2.0),
        simulated_run(videos=1, failed=0),
        replace(simulated_run(), uncalibrated=None),
        simulated_run(signal=0.0, threshold=0.3),
    ],
    ids=["abstains", "one video", "no scores before", "nothing right"],
)
def test_no_figure_is_shown_as_nan(run):
    html = pages_of(run)
    assert not re.search(r"\b(nan|inf|null)\b", shown_text(html), re.IGNORECASE)
    assert not re.search(r'"(nan|inf|None)"', html)


def test_without_any_positive_the_page_says_what_it_can():
    run = simulated_run()
    html = pages_of(replace(run, y_true=0 * run.y_true))
    assert "Missed on these videos" in html
    assert "None: no video has a wrong category beside a true one." in html


def test_the_verdict_is_that_of_the_interval():
    def of(**fields):
        return verdict(compose_report([simulated_run(**fields)], examples=0))[0]

    assert of(signal=2.6, videos=800) == "held"
    assert of(signal=2.6, videos=4, failed=0) == "open"
    assert of(signal=0.3, threshold=0.5) == "missed"
    assert of(threshold=2.0) == "silent"


def test_against_a_models_labels_the_page_speaks_of_agreement():
    text = shown_text(pages_of(simulated_run(truth="pseudo")))
    assert "agreement of 80\u00a0%" in text
    words = re.findall(r".{30}\bprecision\b.{10}", text, re.IGNORECASE)
    assert all(
        "average precision" in one or "would be precision" in one for one in words
    )


def test_every_category_has_a_row_that_can_be_sorted():
    run = simulated_run(labels=40)
    html = pages_of(run)
    table = html[html.index('id="category-table"') :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") == 1 + len(compose_report([run], examples=0).categories)
    assert 'data-first="descending"' in table


def test_a_run_over_other_videos_is_told():
    other = simulated_run(name="other", videos=50, failed=0)
    strangers = tuple(VideoFacts(id=f"x{one.id}") for one in other.videos)
    other = replace(other, videos=strangers)
    html = page_of(compose_report([simulated_run(), other], examples=0))
    assert "0 of its 50 are among those of" in html


def test_an_untrained_encoder_is_told_at_the_top():
    space = {"encoder": "random", "untrained": True, "input_size": 64, "fit": "crop"}
    space |= {"width": 8, "weights_sha256": "0" * 64, "projection_sha256": "1" * 64}
    html = pages_of(simulated_run(provenance={"space": space}))
    told = html.index("The frame encoder is untrained")
    assert told < html.index("The requirement")
    assert "The frame encoder is untrained" not in pages_of(simulated_run())
    assert "0" * 64 in html


def test_where_text_speaks_as_well_the_headline_says_what_is_served():
    union = simulated_run(name="union", signal=1.6, provenance={"served": True})
    document = compose_report([simulated_run()], sources=[union], examples=0)
    point = document.sources[0].evaluation.operating_point
    text = shown_text(page_of(document))
    headline = text[: text.index("Precision against coverage")]
    assert f"together with text: coverage {100 * point.coverage:.1f}\u00a0%" in headline


@pytest.mark.parametrize("name", ["out.html", "out.json"])
def test_what_is_no_report_is_not_replaced(tmp_path, name):
    kept = tmp_path / name
    kept.write_text('{"format": 1}')
    document = compose_report([simulated_run()], examples=0)
    with pytest.raises(UnfitFile, match=rf"{name}: something else is there"):
        write_page(document, tmp_path / "out.html")
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert kept.read_text() == '{"format": 1}'


def test_an_earlier_report_is_replaced(tmp_path):
    document = compose_report([simulated_run(name="old")], examples=0)
    write_page(document, tmp_path / "out.html")
    document = compose_report([simulated_run(name="new")], examples=0)
    page, beside = write_page(document, tmp_path / "out.html")
    assert "new" in page.read_text()
    assert "new" in beside.read_text()


def test_a_page_in_the_place_of_a_folder_is_refused(tmp_path):
    document = compose_report([simulated_run()], examples=0)
    (tmp_path / "out.html").mkdir()
    (tmp_path / "file").touch()
    for path in (tmp_path / "out.html", tmp_path / "file" / "out.html"):
        with pytest.raises(UnfitFile, match=r"out\.html: must be a file"):
            write_page(document, path)
