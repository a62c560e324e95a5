"""Is the Kubernetes API data complete, current and quick to ask?"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from rollproof.datafiles import data_folder
from rollproof.errors import UserError
from rollproof.kube.api import FieldType, ListOf, MapOf, Struct, ValueType, load_api
from rollproof.kube.version import Version, VersionRange, parse_version, parse_version_range

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = data_folder("schemas") / "kubernetes" / "api.json"
SHIPPED = VersionRange(Version(1, 25), Version(1, 37))


@pytest.mark.skipif(
    importlib.util.find_spec("kubernetes_validate") is None, reason="kubernetes-validate, the data's source, is not installed"
)
def test_the_data_is_what_its_source_gives() -> None:
    script = REPOSITORY / "schemas" / "refresh.py"

    result = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")


def test_the_origin_and_licence_are_recorded() -> None:
    origin = json.loads((DATA.parent / "ORIGIN.json").read_text(encoding="utf-8"))

    assert origin["license"] == "Apache-2.0"
    assert len(origin["sha256"]) == len(json.loads(DATA.read_text(encoding="utf-8"))["versions"])


def test_the_data_stays_small() -> None:
    assert DATA.stat().st_size < 400_000


def test_an_installed_package_finds_its_data_beside_its_modules(tmp_path: Path) -> None:
    """The wheel puts ``schemas`` and ``rules`` inside the package (pyproject.toml, tool.hatch.build.targets.wheel.sources)."""
    package = tmp_path / "site-packages" / "rollproof"
    (package / "schemas").mkdir(parents=True)
    module = package / "datafiles.py"
    module.write_bytes((REPOSITORY / "linter" / "rollproof" / "datafiles.py").read_bytes())
    spec = importlib.util.spec_from_file_location("installed_datafiles", module)
    assert spec is not None
    assert spec.loader is not None
    installed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installed)

    assert installed.data_folder("schemas") == package / "schemas"
    with pytest.raises(FileNotFoundError, match="'rules' is neither in"):
        installed.data_folder("rules")


def test_every_type_that_a_field_names_exists() -> None:
    api = load_api()
    types = json.loads(DATA.read_text(encoding="utf-8"))["types"]

    def leaf(kind: FieldType) -> str | Struct:
        match kind:
            case ListOf(item):
                return leaf(item)
            case MapOf(value):
                return leaf(value)
        return kind

    leaves = {leaf(field.type) for name in types for field in api.fields(Struct(name)).values()}

    assert {each for each in leaves if isinstance(each, str)} <= set(get_args(ValueType))
    assert {each.name for each in leaves if isinstance(each, Struct)} <= set(types)


def test_the_kinds_everyone_uses_are_there() -> None:
    api = load_api()

    for api_version, kind in (
        ("v1", "Pod"),
        ("v1", "Service"),
        ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"),
        ("networking.k8s.io/v1", "Ingress"),
        ("policy/v1", "PodDisruptionBudget"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("apiregistration.k8s.io/v1", "APIService"),
    ):
        found = api.kind(api_version, kind)
        assert found is not None, kind
        assert found.served_in(api.versions) == SHIPPED


def test_a_kind_knows_the_versions_that_serve_it() -> None:
    api = load_api()

    old = api.kind("autoscaling/v2beta2", "HorizontalPodAutoscaler")
    flow = api.kind("flowcontrol.apiserver.k8s.io/v1", "FlowSchema")

    # https://kubernetes.io/docs/reference/using-api/deprecation-guide/: v2beta2 left in 1.26, flowcontrol v1 came in 1.29.
    assert old is not None
    assert old.until == Version(1, 25)
    assert flow is not None
    assert flow.since == Version(1, 29)


def test_a_field_knows_the_versions_that_have_it() -> None:
    api = load_api()

    container = api.fields(Struct("core.v1.Container"))

    # resizePolicy came with in-place resize (KEP-1287) in 1.27, container restartPolicy with sidecars (KEP-753) in 1.28.
    assert container["resizePolicy"].since == Version(1, 27)
    assert container["restartPolicy"].since == Version(1, 28)
    assert container["image"].since is None


def test_a_field_that_moved_to_another_structure_keeps_its_history() -> None:
    api = load_api()

    resources = api.fields(Struct("core.v1.VolumeResourceRequirements"))

    assert resources["requests"].since is None


def test_lists_tell_what_identifies_their_items() -> None:
    api = load_api()

    ports = api.fields(Struct("core.v1.ServiceSpec"))["ports"].type

    assert ports == ListOf(Struct("core.v1.ServicePort"), keys=("port", "protocol"))


def test_list_kinds_are_marked() -> None:
    api = load_api()

    found = {name: api.kind("apps/v1", name) for name in ("DeploymentList", "Deployment")}

    assert {name: kind is not None and kind.is_list for name, kind in found.items()} == {"DeploymentList": True, "Deployment": False}


def test_a_kind_is_found_over_all_its_api_versions() -> None:
    found = load_api().kinds_named("HorizontalPodAutoscaler")

    assert [kind.api_version for kind in found] == ["autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta2"]


def test_names_are_case_sensitive_and_foreign_groups_are_unknown() -> None:
    api = load_api()

    assert api.kind("apps/v1", "deployment") is None
    assert api.kind("batch.example.com/v1", "CronJob") is None
    assert api.kind_names("example.com/v1") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.33", (1, 33)),
        ("v1.33", (1, 33)),
        ("v1.33.2", (1, 33)),
        ("1.33.2-eks-1a2b3c", (1, 33)),
        ("v1.30.4+k3s1", (1, 30)),
        (" 1.33 ", (1, 33)),
        ("1", None),
        ("1.x", None),
        ("", None),
        ("latest", None),
    ],
)
def test_versions_are_read_as_people_write_them(text: str, expected: tuple[int, int] | None) -> None:
    assert parse_version(text) == expected


def test_versions_are_ordered_by_number() -> None:
    assert Version(1, 9) < Version(1, 25) < Version(2, 0)


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [("1.29-1.34", 29, 34), ("v1.29-v1.34", 29, 34), ("1.29.3-1.34.1", 29, 34), ("1.30", 30, 30), ("1.33.2-eks-1a2b3c", 33, 33)],
)
def test_a_range_is_read_with_both_ends(text: str, lo: int, hi: int) -> None:
    assert parse_version_range(text, SHIPPED) == VersionRange(Version(1, lo), Version(1, hi))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("newest", "'newest' is not a Kubernetes version"),
        ("1.29-", "'1.29-' is not a Kubernetes version"),
        ("1.34-1.29", "the range of Kubernetes versions '1.34-1.29' runs backwards"),
        ("1.24", "Kubernetes 1.24 is not among the versions that rollproof knows (1.25 to 1.37)"),
        ("1.30-1.99", "Kubernetes 1.99 is not among the versions that rollproof knows (1.25 to 1.37)"),
    ],
)
def test_a_range_that_cannot_be_used_is_the_callers_to_mend(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_version_range(text, SHIPPED)

    assert caught.value.message == message
    assert caught.value.hint


def test_the_common_part_of_two_ranges_may_be_empty() -> None:
    early, late = VersionRange(Version(1, 25), Version(1, 28)), VersionRange(Version(1, 28), Version(1, 30))

    assert early.common(late) == VersionRange(Version(1, 28), Version(1, 28))
    assert early.common(VersionRange(Version(1, 29), Version(1, 30))) is None
    assert Version(1, 26) in early
    assert str(early) == "1.25-1.28"
