"""Rate files are read strictly."""

import pytest

from vidcat.inference.backfill.planning.rates import (
    InvalidRates,
    Machine,
    Rates,
    read_rates,
)

HEAD = 'currency = "EUR"\nas_of = "today"\n'
SMALL = "[machines.small]\nvcpus = 4\nhour = 0.2\n"


@pytest.fixture
def read(tmp_path):
    def written_and_read(text):
        path = tmp_path / "rates.toml"
        path.write_text(text)
        return read_rates(path)

    return written_and_read


def test_all_fields_are_read(read):
    head = HEAD + "storage_gib_month = 0.02\nread_gib = 0.1\nbetween_workers_gib = 1\n"
    machine = (
        "[machines.big]\nvcpus = 8\nhour = 1\nspot_hour = 0.25\naccelerators = 2\n"
        "frames_per_second = 300\nvcpu_speed = 0.6\nstart_minutes = 5\n"
    )
    assert read(head + SMALL + machine) == Rates(
        currency="EUR",
        as_of="today",
        storage_gib_month=0.02,
        read_gib=0.1,
        between_workers_gib=1,
        machines=(
            Machine(name="small", vcpus=4, hour=0.2),
            Machine(
                name="big",
                vcpus=8,
                hour=1,
                spot_hour=0.25,
                accelerators=2,
                frames_per_second=300,
                vcpu_speed=0.6,
                start_minutes=5,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "must have machines, one at least. Received: machines={}"),
        (SMALL, "must have the fields ['as_of', 'currency']"),
        ("colour = 1\n" + HEAD + SMALL, "fields must be known. Received: ['colour']"),
        (HEAD + SMALL + "gpu = 1", "machine 'small': fields must be known. Received"),
        (
            HEAD + "[machines.a]\nvcpus = 4",
            "machine 'a': must have the fields ['hour']",
        ),
        (HEAD + "[machines]\na = 4", "machine 'a': must be a table. Received: 4"),
        (HEAD + SMALL + "spot_hour = -1", "machine 'small': `spot_hour` must be zero"),
        (
            HEAD + SMALL + "spot_hour = true",
            "`spot_hour` must be a number. Received: T",
        ),
        (
            HEAD + SMALL + "spot_hour = nan",
            "must be zero or more. Received: spot_hour=n",
        ),
        (HEAD + SMALL + "accelerators = 0.5", "`accelerators` must be a whole number"),
        (HEAD + SMALL + "accelerators = -1", "`accelerators` must be zero or more"),
        (
            HEAD + SMALL + "frames_per_second = 9",
            "rate of an accelerator, and there is",
        ),
        (HEAD + SMALL + "vcpu_speed = 0", "`vcpu_speed` must be positive. Received"),
        (
            "read_gib = -0.1\n" + HEAD + SMALL,
            "`read_gib` must be zero or more. Received",
        ),
        (
            'currency = 3\nas_of = "today"\n' + SMALL,
            "`currency` must be text. Received: 3",
        ),
        ("currency = ", "must be a TOML file"),
    ],
)
def test_what_is_wrong_is_named(read, tmp_path, text, message):
    with pytest.raises(InvalidRates) as caught:
        read(text)
    assert str(caught.value).startswith(str(tmp_path / "rates.toml"))
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.toml"):
        read_rates(tmp_path / "none.toml")


def test_the_example_that_comes_along_can_be_used():
    rates = read_rates("example")
    assert rates.currency == "USD"
    assert "check before use" in rates.as_of
    kinds = {machine.name: machine for machine in rates.machines}
    assert {"n1-standard-8-t4", "g2-standard-8", "n2-standard-16"} <= kinds.keys()
    for machine in rates.machines:
        assert machine.spot_hour < machine.hour
        assert (machine.accelerators > 0) == (machine.frames_per_second is not None)
