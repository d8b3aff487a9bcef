"""`scripts/build`: byte code and sizes of what `sam build` made."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import packages
from scripts.local.template.source import read_source

TEMPLATE = """
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Layer, RetentionPolicy: Delete}
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: One, Role: !GetAtt Role.Arn, Layers: [!Ref Layer]}
  Api:
    Type: AWS::Serverless::HttpApi
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Sub "${AWS::StackName}-one"}
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "One" / "one").mkdir(parents=True)
    (tmp_path / "One" / "one" / "api.py").write_text("ANSWER = 42\n" * 1000, "utf-8")
    (tmp_path / "Layer" / "python").mkdir(parents=True)
    (tmp_path / "Layer" / "python" / "shared.py").write_text("ANSWER = 42\n", "utf-8")
    return tmp_path


def test_the_packages_are_the_layers_and_functions_of_the_built_template(built: Path) -> None:
    assert list(packages.packages(built)) == [("Layer", built / "Layer"), ("One", built / "One")]


def test_a_package_weighs_what_its_zip_does(built: Path, tmp_path: Path) -> None:
    unzipped, zipped = packages.measure(built / "One")
    with zipfile.ZipFile(tmp_path / "one.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(built / "One" / "one" / "api.py", "one/api.py")
    assert (unzipped, zipped) == (12_000, (tmp_path / "one.zip").stat().st_size)
    assert zipped < unzipped


@pytest.mark.parametrize(
    ("package", "module", "on_lambda"),
    [("One", "one/api", "/var/task/one/api.py"), ("Layer", "python/shared", "/opt/python/shared.py")],
)
def test_byte_code_is_never_checked_against_dates_and_names_the_place_on_lambda(
    built: Path, package: str, module: str, on_lambda: str
) -> None:
    assert packages.write_byte_code(sys.executable, built / package) == 0
    compiled = Path(importlib.util.cache_from_source(str(built / package / f"{module}.py"))).read_bytes()
    assert int.from_bytes(compiled[4:8], "little") == 0b01  # hash-based, its source not checked
    assert on_lambda.encode() in compiled


def test_a_module_that_does_not_compile_fails_the_build(built: Path) -> None:
    (built / "One" / "one" / "broken.py").write_text("def :\n", "utf-8")
    assert packages.write_byte_code(sys.executable, built / "One") != 0


@pytest.mark.parametrize(("missing", "sentence"), [("python", "python3.13"), ("make", "make is needed")])
def test_what_is_missing_to_build_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str, sentence: str
) -> None:
    monkeypatch.setattr(packages, "find_runtime", lambda: None if missing == "python" else sys.executable)
    monkeypatch.setattr("scripts.packages.shutil.which", lambda name: None if missing == "make" else f"/bin/{name}")
    monkeypatch.setattr(packages, "run_sam_build", lambda *_: pytest.fail("there is nothing to build with"))
    assert packages.main([]) == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert len(told.splitlines()) == 1


def test_a_build_that_fails_passes_its_code_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_runtime", lambda: sys.executable)
    monkeypatch.setattr("scripts.packages.shutil.which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(packages, "run_sam_build", lambda *_: 7)
    assert packages.main([]) == 7


def test_only_a_python_of_the_runtimes_version_that_has_pip_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "python3.13"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    monkeypatch.setattr("scripts.packages.sys.executable", str(old))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert packages.find_runtime() is None
    (tmp_path / "versions" / "3.13.9" / "bin").mkdir(parents=True)
    right = tmp_path / "versions" / "3.13.9" / "bin" / "python3.13"
    right.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    right.chmod(0o755)
    assert packages.find_runtime() == str(right)


def test_sam_finds_the_python_that_was_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def run(command: list[str], **options: object) -> "subprocess.CompletedProcess[str]":
        seen.append(options["env"])  # type: ignore[arg-type]
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("scripts.packages.subprocess.run", run)
    assert packages.run_sam_build(str(tmp_path / "python3.13"), ["--parameter-overrides", "Architecture=arm64"]) == 0
    assert seen[0]["ARCHITECTURE"] == "arm64"
    assert seen[0]["PATH"].split(":")[0] == str(tmp_path)
    assert seen[0]["SAM_CLI_TELEMETRY"] == "0"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "x86_64"),
        (["--parallel"], "x86_64"),
        (["--parameter-overrides", "LogLevel=DEBUG", "Architecture=arm64"], "arm64"),
        (["--parameter-overrides", "Architecture=arm64 LogLevel=DEBUG"], "arm64"),
        (["--parameter-overrides", "ParameterKey=Architecture,ParameterValue=arm64"], "arm64"),
    ],
)
def test_libraries_are_built_for_the_processor_that_the_functions_are(options: list[str], expected: str) -> None:
    assert packages.architecture(options) == expected


def test_the_layers_are_built_for_the_processor_that_the_functions_are() -> None:
    resources = read_source(packages.ROOT / "template.yaml")["Resources"].values()
    layers = [each["Metadata"] for each in resources if each["Type"] == "AWS::Serverless::LayerVersion"]
    assert layers
    # With a fixed one, sam's cache would give an arm64 build the x86_64 layer of the build before.
    assert [layer["BuildArchitecture"] for layer in layers] == [{"Ref": "Architecture"}] * len(layers)
