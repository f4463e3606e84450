"""Files that workers write appear whole, also where two write the same."""

from concurrent.futures import ThreadPoolExecutor

from vidcat.inference.pipeline.files import write_whole


def test_two_workers_may_write_the_same_file(tmp_path):
    path = tmp_path / "folder" / "v1.json"

    def write(letter):
        for _ in range(50):
            write_whole(str(path), [letter * 10_000])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert path.read_text() in {letter * 10_000 + "\n" for letter in "abcd"}
    assert list(path.parent.iterdir()) == [path]
