"""Settings come from the environment, and what is wrong with them is said."""

from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, load_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({"PATH": "/bin"}) == Settings()


def test_variables_are_read_by_name_and_form() -> None:
    found = load_settings({"PHOTOCODE_DATA": "/x", "PHOTOCODE_THREADS": "2", "DATABASE_URL": "postgresql://h/d"})
    assert (found.data, found.threads, found.database_url) == (Path("/x"), 2, "postgresql://h/d")
    assert found.pictures_location == "/x/pictures"


def test_variables_of_clients_are_no_settings() -> None:
    assert load_settings({"PHOTOCODE_URL": "http://h", "PHOTOCODE_TOKEN": "t", "PHOTOCODE_SHARED": "/s"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"), [("PHOTOCODE_THREADS", "two"), ("PHOTOCODE_PRECISION", "fp8"), ("PHOTOCODE_BUNDEL", "x")]
)
def test_a_wrong_variable_is_told(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match="PHOTOCODE_"):
        load_settings({variable: value})
