"""What people see while a command works, on a terminal and in a log."""

import os
import pty
import subprocess
import sys

SCRIPT = """
from vidcat.commands.printing.console import progress, say
with progress("Working", 3) as update:
    for done in range(3):
        update(done, "")
        print("result", done)
say("Done.")
"""


def test_results_reach_a_file_while_a_bar_is_on_the_terminal(tmp_path):
    terminal, end = pty.openpty()
    results = tmp_path / "results"
    with results.open("w") as file:
        command = [sys.executable, "-c", SCRIPT]
        subprocess.run(command, stdout=file, stderr=end, check=True)
    os.close(end)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 1024)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    assert results.read_text() == "result 0\nresult 1\nresult 2\n"
    assert b"Working" in shown
    assert b"Done." in shown


def test_a_log_gets_plain_lines():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout == "result 0\nresult 1\nresult 2\n"
    assert done.stderr == "Done.\n"
