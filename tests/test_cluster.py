"""All resources of a run: which are applied together, what a selector finds, and what a kustomization changes."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from rollproof import engine, source
from rollproof.analysis import analyse
from rollproof.config import newest
from rollproof.kube.selector import LabelSelector
from rollproof.model import kustomize
from rollproof.model.cluster import Cluster
from rollproof.model.kustomization import Kustomizations
from rollproof.model.labels import LabelIndex, misspelt
from rollproof.model.references import references
from rollproof.model.resource import Resource
from rollproof.model.workload import Workload, workload_of
from rollproof.source import Source
from tests.conftest import SHARED, lint, needs_shared


def cluster(files: Mapping[str, str], *, whole: bool = True) -> Cluster:
    """The resources of some texts; a text that is no YAML counts as unread."""
    sources = [source.decode(name, text.encode()) for name, text in files.items()]
    analyses = [analyse(one, newest(), (), lambda _: "error", judge=False) for one in sources]
    return Cluster(
        tuple(resource for one in analyses for resource in one.resources),
        whole,
        kustomizations=Kustomizations(tuple(resource for one in analyses for resource in one.kustomizations)),
        unread=frozenset(one.name for one in analyses if not one.parsed),
    )


def pod(name: str, labels: str = "app: web", namespace: str = "") -> str:
    where = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}{where}, labels: {{{labels}}}}}\nspec: {{containers: [{{name: c}}]}}\n---\n"


def service(name: str, selector: str = "app: web", namespace: str = "") -> str:
    where = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{where}}}\nspec: {{selector: {{{selector}}}}}\n---\n"


def names(resources: object) -> list[str | None]:
    assert isinstance(resources, tuple | list)
    return [one.resource.name if isinstance(one, Workload) else one.name for one in resources]


def one(found: Cluster, kind: str, name: str) -> Resource:
    return next(resource for resource in found.by_kind[kind] if resource.name == name)


@pytest.mark.parametrize(
    ("ours", "theirs", "meet"),
    [("", "", True), ("a", "a", True), ("a", "", True), ("", "b", True), ("a", "b", False)],
)
def test_a_namespace_that_is_not_given_may_be_any_and_two_that_are_never_meet(ours: str, theirs: str, meet: bool) -> None:
    found = cluster({"all.yaml": service("web", namespace=ours) + pod("web", namespace=theirs)})

    assert bool(found.targets_of(one(found, "Service", "web"))) is meet


def test_a_selector_finds_its_pods_with_expressions_too() -> None:
    found = cluster({"all.yaml": pod("a", "app: web, tier: front") + pod("b", "app: web") + pod("c", "app: api, tier: front")})
    owner = found.resources[0]

    def matching(data: object) -> list[str | None]:
        selector = LabelSelector.parse(data)
        assert selector is not None
        return names(found.matching(selector, owner))

    assert matching({"matchLabels": {"app": "web"}}) == ["a", "b"]
    assert matching({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}) == ["a", "c"]
    assert matching({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}) == ["a", "b"]
    assert matching({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}) == ["b"]
    assert matching({}) == ["a", "b", "c"]


def test_the_index_finds_what_a_search_through_everything_finds() -> None:
    order = random.Random(7)
    sets = tuple({key: order.choice("xyz") for key in "abc" if order.random() < 0.7} for _ in range(200))
    index = LabelIndex(sets)
    for _ in range(300):
        wanted = {key: order.choice("xyz") for key in "abc" if order.random() < 0.6}

        expected = tuple(number for number, have in enumerate(sets) if wanted and wanted.items() <= have.items())
        assert index.having(wanted) == expected


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("wbe", ["web", "api"], "web"),
        ("web-frontned", ["web-frontend"], "web-frontend"),
        ("webfrontend", ["web-frontend"], "web-frontend"),
        ("web-1", ["web-2"], None),
        ("web", ["api"], None),
        ("web-a", ["web-b", "web-c"], None),
    ],
)
def test_a_slip_is_told_from_another_name(word: str, known: list[str], meant: str | None) -> None:
    assert misspelt(word, known) == meant


def test_a_folder_is_one_picture_unless_it_defines_an_object_in_two_ways() -> None:
    files = {"k8s/a/web.yaml": pod("web"), "k8s/b/api.yaml": pod("api", "app: api")}
    clash = {**files, "k8s/c/web.yaml": pod("web", "app: other")}

    apart, together = cluster(clash), cluster(files)

    assert together.together(one(together, "Pod", "web"), one(together, "Pod", "api"))
    assert not apart.together(one(apart, "Pod", "web"), one(apart, "Pod", "api"))


def test_files_of_one_folder_are_alternatives_only_where_they_clash() -> None:
    found = cluster({"service.yaml": service("web"), "one.yaml": pod("web"), "two.yaml": pod("web", "app: web, v: two")})
    the_service = one(found, "Service", "web")
    first, second = found.by_kind["Pod"]

    assert found.together(the_service, first)
    assert found.together(the_service, second)
    assert not found.together(first, second)


def test_the_same_object_twice_without_a_difference_is_no_clash() -> None:
    found = cluster({"a/web.yaml": pod("web"), "b/web.yaml": pod("web"), "b/api.yaml": pod("api", "app: api")})

    assert found.together(found.resources[0], one(found, "Pod", "api"))


KUSTOMIZED = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": pod("web"),
    "prod/kustomization.yaml": "resources: [../base, service.yaml]\nnamespace: prod\nnamePrefix: prod-\ncommonLabels: {env: prod}\n"
    "configMapGenerator: [{name: settings, literals: [a=b]}]\n",
    "prod/service.yaml": service("prod", "app: web, env: prod", "elsewhere"),
    "test/kustomization.yaml": "resources: [../base, service.yaml]\n",
    "test/service.yaml": service("test"),
}


def test_what_a_kustomization_builds_is_together_and_overlays_are_apart() -> None:
    found = cluster(KUSTOMIZED)
    web, prod, test = one(found, "Pod", "web"), one(found, "Service", "prod"), one(found, "Service", "test")

    assert found.together(web, prod)
    assert found.together(web, test)
    assert not found.together(prod, test)
    assert found.joined(web, prod)


def test_a_kustomization_gives_namespace_labels_and_generated_objects() -> None:
    found = cluster(KUSTOMIZED)
    web, prod = one(found, "Pod", "web"), one(found, "Service", "prod")

    assert found.namespace_of(prod) is None
    assert names(found.targets_of(prod)) == ["web"]
    assert found.exists("ConfigMap", "settings", web)
    assert names(found.referents("Pod", "prod-web", prod)) == ["web"]
    assert not found.exists("ConfigMap", "settings", one(found, "Service", "test"))


def test_a_kustomization_says_what_it_patches_in_every_form() -> None:
    data = {
        "resources": ["web.yaml", "https://example.com/more.yaml"],
        "patches": [{"path": "a.yaml"}, {"patch": "- op: remove"}, {"path": "../b.yaml"}],
        "patchesStrategicMerge": ["c.yaml", "kind: Deployment\nmetadata: {name: web}\n"],
        "patchesJson6902": [{"path": "d.json"}],
    }

    found = kustomize.read("/k8s/prod/kustomization.yaml", data)

    assert found is not None
    assert found.patches == {"/k8s/prod/a.yaml", "/k8s/b.yaml", "/k8s/prod/c.yaml", "/k8s/prod/d.json"}
    assert found.sources == ("/k8s/prod/web.yaml",)
    assert found.opaque
    assert found.has_patches


@pytest.mark.parametrize(
    "data", [None, [], "text", {"resources": "web.yaml", "patches": {"path": "a"}, "labels": [1], "configMapGenerator": 1}]
)
def test_a_malformed_kustomization_counts_as_an_empty_one(data: object) -> None:
    found = kustomize.read("kustomization.yaml", data)

    assert found is None or (found.sources, found.patches, found.generated) == ((), frozenset(), frozenset())


def test_kustomizations_that_build_each_other_come_to_an_end() -> None:
    found = cluster(
        {"a/kustomization.yaml": "resources: [../b, web.yaml]\n", "b/kustomization.yaml": "resources: [../a]\n", "a/web.yaml": pod("web")}
    )

    assert found.together(found.resources[0], found.resources[0])
    assert found.namespace_of(found.resources[0]) is None


def test_a_patch_file_is_skipped_as_what_it_is() -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    report = lint({"k8s/kustomization.yaml": "resources: []\npatches: [{path: more.yaml}]\n", "k8s/more.yaml": patch})

    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("k8s/kustomization.yaml", "kustomization"),
        ("k8s/more.yaml", "kustomize-patch"),
    ]
    assert report.findings == ()


def test_a_file_that_is_a_resource_of_one_kustomization_is_judged_although_another_one_patches_with_it() -> None:
    broken = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    files = {
        "a/kustomization.yaml": "resources: [web.yaml]\n",
        "a/web.yaml": broken,
        "b/kustomization.yaml": "patches: [{path: ../a/web.yaml}]\n",
    }

    assert lint(files).findings


COMPLETE = {"web.yaml": service("web") + pod("web")}


@pytest.mark.parametrize(
    ("more", "whole", "complete"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"broken.yaml": "kind: [\n"}, True, False),
        ({"values.yaml": "a: [\n"}, True, True),
        ({"template.yaml": "kind: {{ .Values.kind }}\n"}, True, False),
        ({"db.yaml": "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: db}\n"}, True, False),
        ({"monitor.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: web}\n"}, True, True),
        (
            {"crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: dbs.example.com}\n"},
            True,
            False,
        ),
        ({"kustomization.yaml": "resources: [web.yaml, https://example.com/more]\n"}, True, False),
        ({"kustomization.yaml": "resources: [web.yaml]\nhelmCharts: [{name: db}]\n"}, True, False),
    ],
)
def test_absence_can_be_claimed_only_where_the_picture_is_complete(more: dict[str, str], whole: bool, complete: bool) -> None:
    found = cluster({**COMPLETE, **more}, whole=whole)

    assert found.is_complete(one(found, "Service", "web")) is complete


def test_a_namespace_in_which_nothing_runs_is_no_complete_picture() -> None:
    found = cluster({"web.yaml": service("web", namespace="gke-system") + pod("web", namespace="default")})

    assert not found.is_complete(one(found, "Service", "web"))


def test_every_name_that_a_pod_cannot_do_without_is_followed() -> None:
    text = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: account
          imagePullSecrets: [{name: pull}]
          volumes:
            - configMap: {name: files, items: [{key: a, path: a}]}
            - secret: {secretName: certs, optional: true}
            - persistentVolumeClaim: {claimName: data}
            - projected: {sources: [{secret: {name: token}}, {configMap: {name: ca, items: [{key: b, path: b}]}}]}
            - emptyDir: {}
          initContainers:
            - envFrom: [{configMapRef: {name: defaults}}, {secretRef: {name: keys}}]
          containers:
            - env:
                - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: a}}}
                - {name: B, valueFrom: {secretKeyRef: {name: keys, key: b, optional: true}}}
                - {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                - {name: D, value: d}
"""
    workload = workload_of(cluster({"web.yaml": text}).resources[0])

    assert workload is not None
    assert [(ref.kind, ref.name, [key for key, _ in ref.keys], ref.optional) for ref in references(workload)] == [
        ("ServiceAccount", "account", [], False),
        ("Secret", "pull", [], False),
        ("ConfigMap", "files", ["a"], False),
        ("Secret", "certs", [], True),
        ("PersistentVolumeClaim", "data", [], False),
        ("Secret", "token", [], False),
        ("ConfigMap", "ca", ["b"], False),
        ("ConfigMap", "defaults", [], False),
        ("Secret", "keys", [], False),
        ("ConfigMap", "settings", ["a"], False),
        ("Secret", "keys", ["b"], True),
    ]


def test_places_of_references_are_where_the_names_are_written() -> None:
    files = {"web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  serviceAccountName: web\n"}
    text = source.decode("web.yaml", files["web.yaml"].encode())
    workload = workload_of(cluster(files).resources[0])
    assert workload is not None
    assert isinstance(text, Source)

    place = next(references(workload)).place

    assert engine.Documents({"web.yaml": text}).open("web.yaml", 0).span(place.path).line == 5


@needs_shared
def test_the_patches_of_real_kustomizations_are_skipped() -> None:
    folder = SHARED / "manifests"
    known = {f"real/{name}" for name in (folder / "patches.txt").read_text(encoding="utf-8").split()}
    repositories = {name.split("/")[1] for name in known}
    skipped = set()
    for repository in sorted(repositories):
        files = {
            file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted((folder / "real" / repository).rglob("*"))
            if file.suffix in (".yaml", ".yml")
        }
        skipped |= {skip.path for skip in lint(files).skipped if skip.reason in ("kustomize-patch", "json-patch")}

    assert known - skipped == set()
