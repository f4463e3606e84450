import importlib.metadata
import os
import subprocess
import sys

import pytest

from vidcat.commands import main as main_module
from vidcat.commands.main import main
from vidcat.commands.printing.console import clock


def typed(monkeypatch, capfd, *words):
    """What a terminal shows: exit status, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["vidcat", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    return ended.value.code, out, err


def test_an_expected_error_is_one_line_and_status_1(monkeypatch, capfd, tmp_path):
    catalog = tmp_path / "rows.csv"
    catalog.write_text("id,colour\na,red\n")
    status, out, err = typed(
        monkeypatch, capfd, "classify", catalog, "--bundle", tmp_path
    )
    assert status == 1
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"Error: {catalog}, row 2: columns must be known. ")
    assert "'colour'" in err


def test_an_unknown_category_is_told_without_quotes(monkeypatch, capfd):
    status, _, err = typed(monkeypatch, capfd, "taxonomy", "show", "Tenis")
    assert status == 1
    assert err.startswith("Error: ")
    assert not err.startswith('Error: "')
    assert "Tennis" in err


def test_wrong_usage_is_status_2(monkeypatch, capfd):
    status, _, err = typed(monkeypatch, capfd, "classify", "clip.mp4")
    assert status == 2
    assert "--bundle" in err


def test_a_mistake_of_ours_is_not_dressed_up(monkeypatch):
    def broken():
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(main_module, "app", broken)
    with pytest.raises(ZeroDivisionError):
        main()


def test_the_version_is_that_of_the_installation(monkeypatch, capfd):
    status, out, _ = typed(monkeypatch, capfd, "--version")
    assert (status, out) == (0, f"vidcat {importlib.metadata.version('vidcat')}\n")


def test_output_may_be_cut_off_by_its_reader():
    script = "from vidcat.commands.main import main; main()"
    command = [sys.executable, "-c", script, "taxonomy", "tree"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_clock_counts_minutes_from_sixty_seconds_on():
    assert [clock(59.4), clock(59.6), clock(3599.4)] == [
        "59 s",
        "1 min 00 s",
        "59 min 59 s",
    ]


def test_a_file_name_that_cannot_be_printed_is_refused_before_the_work(run, tmp_path):
    name = os.fsdecode(b"holiday\xff.mp4")
    done = run("classify", "cooking.mp4", name, "--bundle", tmp_path)
    assert done.exit_code == 2
    assert "names must be UTF-8. Received: 'holiday\\udcff.mp4'." in done.stderr
