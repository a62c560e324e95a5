"""Does the linter refuse exactly what the API server's own code refuses? Every field is broken in every way, and both are asked.

Run it by name: ``pytest tests/judges/differential.py``. It needs the compiled judge (tests/judges/apiserver/README.md), whose path is
in ROLLPROOF_APISERVER_JUDGE.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import pytest

from rollproof.conformance.manifest import check
from rollproof.conformance.violation import Violation
from rollproof.document import parse
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source
from rollproof.span import Path, format_path
from tests.judges import manifests

BINARY = os.environ.get("ROLLPROOF_APISERVER_JUDGE", "/tmp/judge/apiserver")
JUDGED = VersionRange(Version(1, 35), Version(1, 35))

pytestmark = pytest.mark.skipif(not File(BINARY).exists(), reason="the judge is not compiled: tests/judges/apiserver/README.md")

TEXTS = (
    "",
    "Nope",
    "-bad",
    "a_b",
    "a.b",
    "A",
    "a/b",
    "/abs",
    "..",
    "../a",
    "a/../b",
    "..a",
    "x" * 64,
    "x" * 254,
    "80",
    "25%",
    "101%",
    "0%",
    " a ",
    "é",
    "1Gi",
)
NUMBERS = (0, 1, -1, 2, 64, 101, 256, 511, 512, 599, 600, 601, 65535, 65536, 2**31 - 1, 2**31)

# What stands in for a part of a manifest that is behind a switch: other types of strategy, other policies, other sources.
WORDS: dict[str, tuple[Any, ...]] = {
    "restartPolicy": ("Always", "OnFailure", "Never", "always", "NotRequired"),
    "type": ("Recreate", "RollingUpdate", "OnDelete", "Localhost", "RuntimeDefault", "Unconfined"),
    "operator": ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Equal"),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "whenUnsatisfiable": ("ScheduleAnyway", "DoNotSchedule"),
    "dnsPolicy": ("ClusterFirst", "Default", "ClusterFirstWithHostNet", "None"),
    "mountPropagation": ("Bidirectional", "HostToContainer", "None"),
    "recursiveReadOnly": ("Disabled", "IfPossible"),
    "procMount": ("Unmasked", "Default"),
    "fieldPath": (
        "metadata.labels",
        "metadata.uid",
        "spec.nodeName",
        "spec.host",
        "status.podIP",
        "status.phase",
        "metadata.labels['']",
        "spec['a']",
    ),
    "resource": ("limits.memory", "requests.hugepages-2Mi", "limits.hugepages-", "cpu"),
    "divisor": ("1", "2", "1k", "1Ki", "1m", "0"),
    "port": ("http", 80, "80", 0, 65536, "UPPER", "a--b"),
    "maxSurge": (0, "0%", "10%", 1, "5", "-1%", "200%"),
    "maxUnavailable": (0, "0%", "10%", 1, "5", "-1%", "200%"),
    "cpu": ("1", "0", "-1", "5", "1n", 0.5, "bad"),
    "memory": ("1", "0", "-1", "5Gi", "bad"),
    "example.com/gpu": ("1", "0", "2", "1500m"),
    "hugepages-2Mi": ("2Mi", "3Mi", "0", "1Gi"),
    "name": ("linux", "windows", "net.ipv4.x", "kernel.sem", "fs.mqueue.x", "a/b.c", "web", "scratch", "http"),
    "os": ({"name": "windows"}, {"name": "linux"}, {}),
    "kind": ("Shared", "Managed", "Dedicated", "Event", "PersistentVolumeClaim"),
    "accessModes": (["ReadWriteOncePod", "ReadWriteOnce"], ["ReadWriteMany"], ["X"]),
    "iqn": ("eui.0123456789abcdef", "naa.0123456789abcdef0123456789abcdef", "iqn.x", "eui.1"),
}

# Fields that are added to structures which lack them, by a field that tells such structures apart.
ADDITIONS: tuple[tuple[str, str, Any], ...] = (
    ("image", "ports", [{"containerPort": 81, "hostPort": 81, "hostIP": "10.0.0.1"}]),
    ("image", "ports", [{"containerPort": 80}, {"containerPort": 80, "hostIP": "10.0.0.1"}]),
    ("image", "livenessProbe", {"exec": {"command": ["x"]}, "successThreshold": 2}),
    ("image", "readinessProbe", {"httpGet": {"port": 80}, "terminationGracePeriodSeconds": 5}),
    ("image", "lifecycle", {"preStop": {"sleep": {"seconds": 31}}, "postStart": {}}),
    ("image", "restartPolicy", "Always"),
    ("image", "restartPolicy", "OnFailure"),
    ("image", "restartPolicyRules", [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]),
    ("image", "volumeMounts", [{"name": "missing", "mountPath": "/x"}]),
    ("image", "volumeDevices", [{"name": "scratch", "devicePath": "/x"}]),
    ("image", "securityContext", {"privileged": True, "allowPrivilegeEscalation": False}),
    ("image", "securityContext", {"allowPrivilegeEscalation": False, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}),
    ("image", "securityContext", {"windowsOptions": {"hostProcess": True}}),
    ("image", "securityContext", {"windowsOptions": {"runAsUserName": "a\\b\\c"}}),
    ("image", "resources", {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}),
    ("image", "resources", {"requests": {"hugepages-2Mi": "2Mi"}}),
    ("image", "resources", {"limits": {"hugepages-2Mi": "2Mi"}}),
    ("image", "resources", {"limits": {"example.com/x": "1"}, "requests": {"example.com/x": "2", "memroy": "1"}}),
    ("image", "resources", {"requests": {"kubernetes.io/x": "1", "storage": "1"}}),
    ("image", "resources", {"claims": [{"name": "dev"}, {"name": "dev", "request": "a"}, {"name": "nope"}]}),
    (
        "image",
        "env",
        [{"name": "A=B"}, {"name": "1 x"}, {"name": "Z", "value": "v", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    ),
    ("image", "env", [{"name": "Z", "valueFrom": {}}]),
    ("image", "envFrom", [{"prefix": "="}, {"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}}]),
    ("image", "image", " nginx "),
    ("containers", "ephemeralContainers", [{"name": "debug", "image": "x"}]),
    ("containers", "activeDeadlineSeconds", 5),
    ("containers", "restartPolicy", "Never"),
    ("containers", "hostNetwork", True),
    ("containers", "hostPID", True),
    ("containers", "hostIPC", True),
    ("containers", "hostUsers", False),
    ("containers", "shareProcessNamespace", True),
    ("containers", "setHostnameAsFQDN", True),
    ("containers", "hostnameOverride", "a_b"),
    ("containers", "nodeName", "n"),
    ("containers", "schedulingGates", [{"name": "a"}, {"name": "a"}]),
    ("containers", "dnsPolicy", "None"),
    ("containers", "dnsConfig", {"nameservers": ["1.1.1.1"] * 4, "searches": ["a"] * 33}),
    ("containers", "resources", {"requests": {"cpu": "10m", "example.com/x": 1}, "claims": []}),
    ("containers", "resources", {"limits": {"cpu": "10m", "memory": "1Mi"}}),
    ("containers", "resources", {"requests": {"cpu": "9"}, "limits": {"cpu": "1"}}),
    ("containers", "os", {"name": "windows"}),
    ("containers", "os", {"name": "linux"}),
    ("containers", "volumes", [{"name": "a", "emptyDir": {}, "secret": {"secretName": "s"}}, {"name": "a"}, {"name": "B"}]),
    ("containers", "securityContext", {"windowsOptions": {"hostProcess": True}}),
    ("containers", "securityContext", {"sysctls": [{"name": "a"}, {"name": "a"}, {"name": ""}]}),
    ("containers", "overhead", {"cpu": "-1", "example.com/x": "1m"}),
    ("containers", "priority", -5),
    ("replicas", "selector", {}),
    ("replicas", "selector", {"matchLabels": {"app": "other"}}),
    ("replicas", "selector", {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}),
    ("replicas", "minReadySeconds", 600),
    ("exec", "httpGet", {"port": 80}),
    ("tcpSocket", "exec", {}),
    (
        "matchLabels",
        "matchExpressions",
        [{"key": "a", "operator": "In", "values": []}, {"key": "_", "operator": "Exists", "values": ["a"]}],
    ),
    ("labels", "labels", {"a b": "c", "d": "e f", "x/y/z": "w"}),
    ("labels", "annotations", {"controller.kubernetes.io/pod-deletion-cost": "+5"}),
    ("labels", "annotations", {"container.apparmor.security.beta.kubernetes.io/nope": "x"}),
    ("labels", "annotations", {"seccomp.security.alpha.kubernetes.io/pod": "x", "kubernetes.io/config.mirror": "x"}),
    ("labels", "annotations", {"scheduler.alpha.kubernetes.io/tolerations": "[{]"}),
    ("labels", "annotations", {"big": "x" * 262142}),
    ("labels", "annotations", {"_bad": "x"}),
    ("name", "emptyDir", {}),
    ("name", "secret", {"secretName": "s"}),
    ("name", "namespace", "Not_Valid"),
    ("name", "generateName", "web-"),
)


def bases() -> dict[str, dict[str, Any]]:
    """The manifests as plain data, their parts put together."""
    parts = {f"__{name}__": _load(value) for name, value in vars(manifests).items() if isinstance(value, str) and name.isupper()}
    return {name: _resolved(_load(text), parts) for name, text in manifests.OBJECTS.items()}


def _load(text: str) -> Any:
    parsed = parse(Source("base.yaml", text))
    assert not parsed.defects, parsed.defects
    return parsed.documents[0].data


def _resolved(value: Any, parts: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return _resolved(copy.deepcopy(parts[value]), parts) if value in parts else value
    if isinstance(value, dict):
        return {key: _resolved(inner, parts) for key, inner in value.items()}
    return [_resolved(inner, parts) for inner in value] if isinstance(value, list) else value


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path of a manifest, parents first."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from paths(inner, (*path, key))


def mutants(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The manifest broken in one place, in every way."""
    for path in paths(base):
        if not path or path[0] in ("apiVersion", "kind"):
            continue
        value = _at(base, path)
        if path[-2:] == ("scaleIO", "secretRef"):
            continue  # The OpenAPI document requires it; the server does not, but nobody will leave it out.
        yield f"remove {format_path(path)}", _without(base, path)
        for other in _others(path, value):
            if type(other) is not type(value) or other != value:
                yield f"{format_path(path)} = {json.dumps(other)[:60]}", replaced(base, path, other)
        if isinstance(value, dict):
            for mark, key, addition in ADDITIONS:
                if mark in value:
                    yield f"{format_path(path)} + {key}: {json.dumps(addition)[:60]}", replaced(base, (*path, key), addition)
            for key in value:
                for name in ("Bad Key", "a/b/c", "A/b", "x" * 64):
                    renamed = {name if each == key else each: inner for each, inner in value.items()}
                    if path[-1] in (
                        "labels",
                        "annotations",
                        "matchLabels",
                        "nodeSelector",
                        "selector",
                        "limits",
                        "requests",
                        "overhead",
                        "options",
                    ):
                        yield f"{format_path(path)} rename {key} to {name[:9]}", replaced(base, path, renamed)


def _others(path: Path, value: Any) -> Iterator[Any]:
    yield None
    yield from WORDS.get(str(path[-1]), ())
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from NUMBERS
    elif isinstance(value, str):
        yield from TEXTS
        yield value.upper()
        yield value.lower()
    elif isinstance(value, list):
        yield []
        yield [*value, *value[:1]]
        yield [*value, None]
        yield value * 25
    elif isinstance(value, dict):
        yield {}


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def replaced(base: Any, path: Path, other: Any) -> Any:
    if not path:
        return other
    changed = copy.copy(base)
    if isinstance(base, dict):
        changed[path[0]] = replaced(base.get(path[0]), path[1:], other)
    else:
        changed[path[0]] = replaced(base[path[0]], path[1:], other)
    return changed


def _without(base: Any, path: Path) -> Any:
    changed = copy.copy(base)
    if len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = _without(base[path[0]], path[1:])
    return changed


def ask(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The judge's verdicts."""
    requests = "".join(json.dumps({"id": index, "manifest": json.dumps(each)}) + "\n" for index, each in enumerate(objects))
    run = subprocess.run([BINARY], input=requests.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def judged_path(field: str) -> tuple[str, ...]:
    """A field as the API server writes it, as steps; keys in brackets may hold dots."""
    return tuple(step.strip("[]") for step in re.findall(r"\[[^\]]*\]|[^.\[]+", field))


# Paths that the API server writes in its own way, as pairs of what it says and what the field is called.
_SPELLINGS = (
    (r"^(spec\.)?template\.(labels|annotations)\b", r"\1template.metadata.\2"),
    (r"\.persistentDisk\b", ".gcePersistentDisk"),
    (r"\.initiatorname\b", ".initiatorName"),
    (r"\.csi\.name\b", ".csi.nodePublishSecretRef.name"),
    (r"\.overhead\.(limits|requests)\b", ".overhead"),
    (r"\.projected\.path\b", ".projected"),
    (r"(\[\d+\]|podAffinityTerm)\.namespace$", r"\1.namespaces"),
    (r"\.securityContext\.shareProcessNamespace$", ".shareProcessNamespace"),
    (r"\.downwardAPI\.(path|mode|fieldRef|resourceFieldRef)", r".downwardAPI.items.\1"),
    (r"\.downwarAPI$", ".downwardAPI"),
    (r"\.fieldRef\.fieldPath$", ".fieldRef"),
    # A StatefulSet makes volumes of its claims, and judges them as volumes.
    (r"^spec\.template\.spec\.volumes\[\d+\]\.(name|persistentVolumeClaim)\b.*", "spec"),
    (r"(tolerations\[\d+\])\.operator$", r"\1"),
    (r"(ports\[\d+\])\.hostPort$", r"\1"),
    (r"\.spec\.resources\.containers\[\d+\].*", ".spec.containers"),
    (r"^spec\.resources\.containers\[\d+\].*", "spec.containers"),
    (r"\.claimTemplate\b", ".volumeClaimTemplate"),
    (r"\{topologyKey, whenUnsatisfiable\}", ""),
    (r"\.resources\[storage\]", ".resources.requests[storage]"),
)


def near(ours: Path, field: str) -> bool:
    """Whether one of two places is the other's ancestor, where indexes do not count: the server drops many of them."""
    if ours == ("spec", "selector") and field == "spec.template.metadata.labels":
        return True
    for pattern, spelling in _SPELLINGS:
        field = re.sub(pattern, spelling, field)
    theirs = [step for step in judged_path(field) if not step.isdigit()]
    mine = ".".join(str(step) for step in ours if isinstance(step, str)).lower()
    other = ".".join(theirs).lower()
    return mine == other or mine.startswith(f"{other}.") or other.startswith(f"{mine}.")


def spots(errors: list[Violation]) -> Iterator[Path]:
    """Every place that the errors name. Where two fields contradict each other, either may be the one that we put first."""
    for each in errors:
        yield each.path
        yield from (path for path, _note in each.related)


def disagreements(name: str, base: dict[str, Any]) -> list[str]:
    """Where our verdict or our place differs from the judge's."""
    cases = [("unchanged", base), *mutants(base)]
    found = []
    for (what, data), verdict in zip(cases, ask([data for _, data in cases]), strict=True):
        errors = [each for each in check(data, JUDGED) if (each.severity or "error") == "error"]
        refused = [error["message"][:150] for error in verdict["errors"]] + verdict["decode"]
        if verdict["stage"] == "panic":
            continue
        if bool(errors) == verdict["ok"]:
            side = "the linter accepts" if verdict["ok"] is False else "the linter refuses"
            found.append(f"{name}: {what}: {side}: {refused or [(format_path(each.path), each.message) for each in errors]}")
        elif verdict["stage"] == "validation" and not any(near(path, one["field"]) for path in spots(errors) for one in verdict["errors"]):
            found.append(f"{name}: {what}: place: {refused}: we say {[format_path(each.path) for each in errors]}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", manifests.OBJECTS)
def test_every_mutant_meets_the_verdict_of_the_api_server(name: str) -> None:
    base = bases()[name]

    found = disagreements(name, base)

    assert found == []


if __name__ == "__main__":
    import sys

    for each, manifest in bases().items():
        if len(sys.argv) == 1 or each in sys.argv[1:]:
            for line in disagreements(each, manifest):
                print(line)
