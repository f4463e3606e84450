"""Text and frames of one video become one result."""

from dataclasses import replace

import pytest
from both_sources import (
    BOOKS,
    CAR,
    SPORTS,
    SURE,
    TENNIS,
    CountingWords,
    make_bundle,
    make_categorizer,
    sigmoid,
    thresholds,
    word_counter,
)
from colour_encoder import ColourEncoder
from video_files import BLUE, RED, make_colour_video

from vidcat.inference.explaining.reasons import (
    BY_TEXT,
    IMPLIED,
    NOT_LOOKED_FOR,
    STANDS_WITHOUT_FRAMES,
)
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet

SCORE = round(sigmoid(SURE), 4)
UNDECIDED = round(sigmoid(-SURE), 4)


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    return str(make_colour_video(tmp_path_factory.mktemp("v") / "red.mp4", [RED], 2.0))


@pytest.fixture(scope="module")
def blue(tmp_path_factory):
    return str(make_colour_video(tmp_path_factory.mktemp("v") / "blue.mp4", [BLUE], 2))


@pytest.fixture
def torn(tmp_path):
    path = tmp_path / "torn.mp4"
    path.write_bytes(b"no video at all")
    return str(path)


@pytest.fixture(scope="module")
def both():
    return make_categorizer(make_bundle(text=word_counter()))


def row(video_id, path=None, title=None, language="en", **fields):
    return Video(id=video_id, path=path, title=title, language=language, **fields)


def sources(result):
    return {one.id: one.sources for one in result.categories}


def test_a_row_without_video_speaks_by_its_text(both):
    result = both.categorize(row("a", title="My new car"))
    assert (result.status, result.reason) == ("ok", "the row has no video")
    assert result.parts == {"text": "ok", "visual": "not_asked"}
    assert sources(result) == {CAR: ("text",)}
    assert result.categories[0].score == pytest.approx(SCORE, abs=1e-4)
    assert result.categories[0].evidence == ()
    assert result.key.content_sha256 is None


def test_a_video_without_text_speaks_by_its_frames(both, red):
    result = both.categorize(row("a", red))
    assert result.status == "ok"
    assert result.parts == {"text": "no_text", "visual": "ok"}
    assert result.reason == "the row has no text"
    # Tennis implies Sports, which neither model knows.
    assert sources(result) == {TENNIS: ("visual",), SPORTS: ("visual",)}


def test_what_both_say_has_both_as_sources(both, blue):
    result = both.categorize(row("a", blue, "A car in a book"))
    assert (result.status, result.reason) == ("ok", None)
    assert result.parts == {"text": "ok", "visual": "ok"}
    assert sources(result) == {CAR: ("text", "visual"), BOOKS: ("text",)}


def test_text_and_frames_may_say_different_things(both, red):
    result = both.categorize(row("a", red, "My new car"))
    assert sources(result) == {
        CAR: ("text",),
        TENNIS: ("visual",),
        SPORTS: ("visual",),
    }
    scores = [one.score for one in result.categories]
    assert scores == sorted(scores, reverse=True)


def test_only_what_the_frames_say_has_seconds_that_speak_for_it(both, tmp_path):
    # Three seconds of red, then three that are hardly so.
    video = make_colour_video(tmp_path / "a.mp4", [RED, (200, 0, 80)], 3.0)
    result = both.categorize(row("a", str(video), "My new car"))
    spans = {one.id: one.evidence for one in result.categories}
    assert spans.keys() == {CAR, TENNIS, SPORTS}
    ((start, end),) = [(one.start_seconds, one.end_seconds) for one in spans[TENNIS]]
    assert start == 0
    assert 2 <= end <= 4
    assert spans[CAR] == spans[SPORTS] == ()
    reasons = {one.id: one.evidence_reason for one in result.categories}
    assert reasons == {CAR: BY_TEXT, SPORTS: IMPLIED, TENNIS: None}


def test_without_evidence_the_reason_is_that_nobody_looked(red):
    categorizer = make_categorizer(make_bundle(), evidence=False)
    reasons = {
        one.id: one.evidence_reason for one in categorizer.categorize(red).categories
    }
    assert reasons == {TENNIS: NOT_LOOKED_FOR, SPORTS: IMPLIED}


def test_what_would_be_said_without_frames_has_no_evidence(red):
    bundle = make_bundle()
    # Without any frame the logit is 0 and the probability 0.5.
    lenient = replace(bundle.visual, thresholds=thresholds(2, 0.4))
    result = make_categorizer(replace(bundle, visual=lenient)).categorize(red)
    said = {one.id: (one.evidence, one.evidence_reason) for one in result.categories}
    assert said[TENNIS] == ((), STANDS_WITHOUT_FRAMES)


def test_what_text_says_and_frames_only_imply_has_both_as_sources(red):
    sports = LabelSet(taxonomy_version="3.1", ids=(SPORTS, BOOKS), visual=(True, True))
    categorizer = make_categorizer(make_bundle(text=word_counter(labels=sports)))
    result = categorizer.categorize(row("a", red, "car"))
    assert result.parts == {"text": "ok", "visual": "ok"}
    assert sources(result) == {TENNIS: ("visual",), SPORTS: ("text", "visual")}


def test_a_broken_video_with_good_text_is_ok_by_text(both, torn):
    result = both.categorize(row("a", torn, "My new car"))
    assert result.status == "ok"
    assert result.parts == {"text": "ok", "visual": "decode_error"}
    assert "not_a_video" in result.reason
    assert sources(result) == {CAR: ("text",)}


@pytest.mark.parametrize(("title", "text"), [(None, "no_text"), ("Hello", "ok")])
def test_a_broken_video_of_which_text_says_nothing_is_broken(both, torn, title, text):
    result = both.categorize(row("a", torn, title))
    assert result.status == "decode_error"
    assert result.parts == {"text": text, "visual": "decode_error"}
    assert result.categories == ()


def test_nothing_said_by_either_is_no_category(both):
    result = both.categorize(row("a", title="Hello"))
    assert (result.status, result.categories) == ("no_category", ())


def test_out_of_scope_text_still_speaks(red):
    categorizer = make_categorizer(make_bundle(text=word_counter()), enforce_scope=True)
    known = categorizer.categorize(row("a", red, "My new car", duration_seconds=90.0))
    assert known.parts == {"text": "ok", "visual": "out_of_scope"}
    assert sources(known) == {CAR: ("text",)}
    assert known.reason == "duration 90.0 s is outside the scope of 1 to 60 s"


def test_a_duration_found_in_the_file_may_be_out_of_scope(tmp_path):
    short = make_colour_video(tmp_path / "short.mp4", [RED], 0.5)
    for enforce_scope, said in ((False, {CAR, TENNIS, SPORTS}), (True, {CAR})):
        categorizer = make_categorizer(
            make_bundle(text=word_counter()), enforce_scope=enforce_scope
        )
        result = categorizer.categorize(row("a", str(short), "My new car"))
        assert result.parts == {"text": "ok", "visual": "out_of_scope"}
        assert sources(result).keys() == said


def test_a_language_that_was_never_measured_is_said_to_be_so(both):
    result = both.categorize(row("a", title="Un car", language="pt-BR"))
    assert sources(result) == {CAR: ("text",)}
    assert "never measured on the language 'pt'" in result.reason


def test_a_text_that_fails_leaves_the_frames_and_its_neighbours_alone(both, red):
    done = list(
        both.categorize_many(
            [
                row("before", title="My car"),
                row("failing", red, "poison"),
                row("failing too", title="poison"),
                row("after", title="My book"),
            ]
        )
    )
    assert [one.id for one in done] == ["before", "failing", "failing too", "after"]
    assert [one.status for one in done] == ["ok", "ok", "model_error", "ok"]
    assert done[1].parts == {"text": "error", "visual": "ok"}
    assert done[1].reason == "failing: MemoryError: the text is too much"
    assert sources(done[1]) == {TENNIS: ("visual",), SPORTS: ("visual",)}
    assert sources(done[3]) == {BOOKS: ("text",)}


def test_frames_that_fail_leave_the_text_alone(red):
    encoder = ColourEncoder()

    def fail(frames):
        raise MemoryError("the device is full")

    encoder.describe = fail
    categorizer = make_categorizer(make_bundle(text=word_counter()), encoder=encoder)
    result = categorizer.categorize(row("a", red, "My car"))
    assert result.status == "ok"
    assert result.parts == {"text": "ok", "visual": "error"}
    assert result.reason.endswith("MemoryError: the device is full")
    assert sources(result) == {CAR: ("text",)}


def mixed_rows(red, blue, torn):
    return [
        row("text", title="My car"),
        row("red", red, "My book"),
        row("nothing"),
        row("blue", blue, "A car"),
        row("torn", torn, "A book"),
        row("silent", red),
        *[row(f"text-{n}", title="car" if n % 2 else "book") for n in range(70)],
        row("last", blue, "A car"),
    ]


def test_a_row_alone_has_the_same_result_as_among_others(both, red, blue, torn):
    rows = mixed_rows(red, blue, torn)
    among = list(both.categorize_many(rows))
    assert [one.id for one in among] == [one.id for one in rows]
    alone = [both.categorize(one) for one in rows[:8] + rows[-2:]]
    assert alone == among[:8] + among[-2:]


def test_rows_are_read_as_results_are_taken():
    encoder = CountingWords()
    categorizer = make_categorizer(make_bundle(text=word_counter(encoder)))
    read = []

    def rows():
        for number in range(1_000):
            read.append(number)
            yield row(str(number), title="My car")

    results = categorizer.categorize_many(rows())
    next(results)
    assert 0 < len(read) < 100
    assert encoder.batches == [len(read)]
    assert sum(1 for _ in results) == 999
    # Scored together, not one by one.
    assert len(encoder.batches) < 50


def test_without_a_text_model_results_are_those_of_the_frames(red):
    categorizer = make_categorizer(make_bundle())
    with_text, without = (
        categorizer.categorize(row("a", red, title)) for title in ("My car", None)
    )
    assert with_text == without
    assert with_text.parts == {"text": "no_model", "visual": "ok"}
    assert with_text.reason is None
    assert sources(with_text) == {TENNIS: ("visual",), SPORTS: ("visual",)}
    only_text = categorizer.categorize(row("b", title="My car"))
    assert (only_text.status, only_text.categories) == ("no_category", ())


def noisy_or(labels):
    return MergePolicy(
        kind="noisy-or", label_set=labels, merged=thresholds(len(labels), 0.2)
    )


def test_the_merge_of_the_bundle_decides(red):
    categorizer = make_categorizer(make_bundle(text=word_counter(), merge=noisy_or))
    # Neither text nor red frames think of a car, each at 0.12: together they reach 0.2.
    result = categorizer.categorize(row("a", red, "Hello"))
    car = next(one for one in result.categories if one.id == CAR)
    assert car.sources == ("text", "visual")
    low = sigmoid(-SURE)
    assert car.score == pytest.approx(1 - (1 - low) ** 2, abs=1e-3)
    assert CAR not in sources(categorizer.categorize(row("a", red)))


def test_the_bundle_in_the_key_tells_one_merge_from_another():
    text = word_counter()
    stricter = replace(text, thresholds=thresholds(2, 0.9))
    bundles = [
        make_bundle(),
        make_bundle(text=text),
        make_bundle(text=stricter),
        make_bundle(text=text, merge=noisy_or),
    ]
    hashes = {
        make_categorizer(bundle).categorize(row("a")).key.bundle for bundle in bundles
    }
    assert len(hashes) == 4
