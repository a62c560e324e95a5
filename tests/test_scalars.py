"""How does kubectl read a scalar?"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rollproof.kube.scalars import Scalar, UnusableKeyError, UnusableScalarError, json_number, key, plain, tagged, tagged_key

ORACLE = Path(__file__).parents[2] / "shared" / "oracles" / "yaml_scalars.json"
KUBECTL = shutil.which("kubectl")

VALUES: list[tuple[str, Scalar]] = [
    # go.yaml.in/yaml/v2 resolve.go: the map of words
    ("y", True),
    ("Yes", True),
    ("ON", True),
    ("n", False),
    ("off", False),
    ("False", False),
    ("tRue", "tRue"),
    ("yEs", "yEs"),
    ("", None),
    ("~", None),
    ("Null", None),
    ("nUll", "nUll"),
    # resolve.go: strconv.ParseInt and ParseUint with base 0, underscores removed first
    ("010", 8),
    ("0o14", 12),
    ("0644", 420),
    ("08", 8),
    ("1_000", 1000),
    ("0x_1F", 31),
    ("-0b11", -3),
    ("0b-11", -3),
    ("0b", "0b"),
    ("+1", 1),
    ("+", "+"),
    ("_1", "_1"),
    ("-9223372036854775808", -(2**63)),
    ("18446744073709551615", 18446744073709551615.0),
    ("0x10000000000000000", "0x10000000000000000"),
    # resolve.go: yamlStyleFloat; encoding/json writes a whole float without a point
    ("1.10", 1.1),
    ("1.0", 1),
    ("1E3", 1000),
    ("12e03", 12000),
    ("-0.0", 0),
    (".5_0", 0.5),
    ("._5", "._5"),
    ("1e400", "1e400"),
    ("9223372036854774784.0", 9223372036854775000),
    ("1e20", 1e20),
    # resolve.go: sexagesimal numbers are not supported, and decode.go keeps a timestamp as text
    ("1:30", "1:30"),
    ("2001-12-14", "2001-12-14"),
    ("١٢", "١٢"),
    ("<<", "<<"),
    ("abc", "abc"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_plain_scalar_is_what_kubectl_sends(text: str, value: Scalar) -> None:
    read = plain(text)

    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(("text", "value"), [(".inf", math.inf), ("+.Inf", math.inf), ("-.INF", -math.inf)])
def test_an_infinity_stays_a_float_that_the_caller_must_refuse(text: str, value: float) -> None:
    read = plain(text)

    assert read == value


def test_not_a_number_stays_a_float_that_the_caller_must_refuse() -> None:
    read = plain(".NaN")

    assert isinstance(read, float)
    assert math.isnan(read)


# sigs.k8s.io/yaml yaml.go convertToJSONableObject: floats in single precision, format 'g'
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("on", "true"),
        ("N", "false"),
        ("010", "8"),
        ("1.10", "1.1"),
        ("1e6", "1e+06"),
        ("0.00001", "1e-05"),
        ("123456.789", "123456.79"),
        ("18446744073709551616", "1.8446744e+19"),
        ("1e300", ".inf"),
        (".nan", ".nan"),
        ("-0.0", "-0"),
        ("app.kubernetes.io/name", "app.kubernetes.io/name"),
    ],
)
def test_a_plain_mapping_key_becomes_text(text: str, name: str) -> None:
    read = key(text)

    assert read == name


@pytest.mark.parametrize("text", ["", "~", "null", "18446744073709551615"])
def test_null_and_integers_above_int64_cannot_be_keys(text: str) -> None:
    with pytest.raises(UnusableKeyError):
        key(text)


# go.yaml.in/yaml/v2 resolve.go: the deferred check of the tag, and decode.go for !!binary
@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("!!str", "5", "5"),
        ("!!str", "~", "~"),
        ("tag:yaml.org,2002:str", "yes", "yes"),
        ("!!int", "0x10", 16),
        ("!!float", "5", 5),
        ("!!bool", "y", True),
        ("!!null", "", None),
        ("!!binary", "aGk=", "hi"),
        ("!!binary", "/w==", "\N{REPLACEMENT CHARACTER}"),
        ("!!timestamp", "2001-1-1", "2001-1-1"),
        ("!!timestamp", "2001-01-01 1:2:3.5", "2001-01-01 1:2:3.5"),
        ("!foo", "5", "5"),
        ("!", "yes", "yes"),
        ("!!set", "5", "5"),
    ],
)
def test_an_explicit_tag_decides(tag: str, text: str, value: Scalar) -> None:
    read = tagged(tag, text)

    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("!!int", "1.0"),
        ("!!int", ""),
        ("!!bool", "1"),
        ("!!null", "x"),
        ("!!float", "abc"),
        ("!!float", "18446744073709551615"),
        ("!!binary", "aGk"),
        ("!!timestamp", "2001-13-01"),
        ("!!timestamp", "5"),
    ],
)
def test_a_text_that_contradicts_its_tag_is_refused(tag: str, text: str) -> None:
    with pytest.raises(UnusableScalarError):
        tagged(tag, text)


def test_a_tagged_key_becomes_text() -> None:
    read = tagged_key("!!int", "0x10")

    assert read == "16"


# encoding/json encode.go floatEncoder
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-9, "1.5e-9"),
    ],
)
def test_a_number_is_written_as_encoding_json_does(value: float, text: str) -> None:
    written = json_number(value)

    assert written == text


def recorded_cases() -> list[dict[str, Any]]:
    if not ORACLE.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(ORACLE.read_text())["cases"]
    # Quotes, tags, comments and characters that cannot start a plain scalar are the parser's work, not the resolver's.
    return [case for case in cases if case["scalar"][0] not in "'\"!#`*" and case["scalar"] != "-"]


@pytest.mark.skipif(not ORACLE.exists(), reason="the recorded table of scalars is not on this machine")
@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case["scalar"])
def test_every_recorded_scalar_reads_as_kubectl_reads_it(case: dict[str, Any]) -> None:
    value = plain(case["scalar"])

    if "error" in case:
        assert isinstance(value, float)
        assert not math.isfinite(value)
    elif case["json_type"] in ("int", "float"):
        assert isinstance(value, int | float)
        assert json_number(value) == case["json"]
    else:
        assert value == case["json"]


@pytest.mark.skipif(not ORACLE.exists(), reason="the recorded table of scalars is not on this machine")
@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case["scalar"])
def test_every_recorded_key_reads_as_kubectl_reads_it(case: dict[str, Any]) -> None:
    if "key_error" in case:
        with pytest.raises(UnusableKeyError):
            key(case["scalar"])
    else:
        assert [key(case["scalar"])] == case["as_key"]


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kubectl_itself_agrees_on_every_value_of_the_table() -> None:
    assert KUBECTL is not None
    texts = [text for text, _ in VALUES if text != "<<"]
    lines = [f"  k{index}: {text}" for index, text in enumerate(texts)]
    manifest = "\n".join(["apiVersion: example.com/v1", "kind: Judge", "metadata: {name: judge}", "values:", *lines, ""])

    judged = subprocess.run(
        [KUBECTL, "label", "--local", "-f", "-", "judged=yes", "-o", "json"], input=manifest, capture_output=True, text=True, check=True
    )

    # kubectl prints a float above int64 without an exponent.
    values = json.loads(judged.stdout, parse_int=lambda digits: int(digits) if abs(int(digits)) <= 2**63 else float(digits))["values"]
    assert [values[f"k{index}"] for index in range(len(texts))] == [plain(text) for text in texts]
