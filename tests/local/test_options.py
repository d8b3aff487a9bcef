"""The command line is read strictly, and says in one line what is wrong."""

from pathlib import Path

import pytest

from scripts.local.options import OptionsError, read_config, read_options

NOWHERE = Path("/nowhere/samconfig.toml")


def test_without_arguments_the_whole_shop_is_seeded_on_port_3000() -> None:
    options = read_options([], {}, NOWHERE)
    assert (options.port, options.accounts, options.demo, options.verbose) == (3000, True, True, False)
    assert (options.overrides, options.api, options.redis_url) == ({}, "front", "")


def test_no_seed_keeps_the_accounts_and_empty_keeps_nothing() -> None:
    no_seed = read_options(["start", "--no-seed"], {}, NOWHERE)
    assert (no_seed.accounts, no_seed.demo) == (True, False)
    empty = read_options(["--empty"], {}, NOWHERE)
    assert (empty.accounts, empty.demo) == (False, False)


def test_what_the_command_line_says_beats_samconfig(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text('[local.deploy.parameters]\nparameter_overrides = ["LogLevel=INFO", "Tax=1=2"]\n')
    options = read_options(["--parameter-overrides", "LogLevel=DEBUG", "A=", "--port", "8080"], {}, config)
    assert options.overrides == {"LogLevel": "DEBUG", "Tax": "1=2", "A": ""}
    assert options.port == 8080
    assert read_options([], {"REDIS_URL": "redis://h:1"}, config).redis_url == "redis://h:1"


def test_samconfig_may_hold_one_string(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text("[local.deploy.parameters]\nparameter_overrides = 'A=1 B=\"two words\"'\n")
    assert read_config(config) == {"A": "1", "B": "two words"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "http"], "not a port"),
        (["--port", "0"], "not a port"),
        (["--port", "70000"], "not a port"),
        (["--parameter-overrides", "LogLevel"], "'LogLevel' is not Key=Value"),
        (["--parameter-overrides"], "expected at least one argument"),
        (["--api", "docker"], "invalid choice"),
        (["--prot=1"], "unrecognized arguments"),
        (["stop"], "invalid choice"),
    ],
)
def test_nonsense_is_refused_in_one_line(arguments: list[str], says: str) -> None:
    with pytest.raises(OptionsError, match=says) as caught:
        read_options(arguments, {}, NOWHERE)
    assert "\n" not in str(caught.value)


def test_a_broken_samconfig_is_named(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text("[local")
    with pytest.raises(OptionsError, match=r"samconfig\.toml"):
        read_config(config)
