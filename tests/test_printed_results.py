"""Results as a table for people."""

from result_files import result

from vidcat.commands.printing.results import print_results


def test_an_id_does_not_command_the_terminal(capsys):
    print_results(
        [result("\x1b]0;title\x07[bold]\x9b31m été\n", "539")],
        1,
        unit="videos",
        as_json=False,
    )
    printed = capsys.readouterr().out
    assert not any(one in printed for one in "\x1b\x07\x9b")
    assert r"\x1b]0;title\x07[bold]\x9b31m été\n" in printed
