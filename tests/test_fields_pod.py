"""What does the API server refuse in a pod, beyond its schema?"""

from __future__ import annotations

from typing import Any

import pytest

from rollproof.conformance.manifest import check
from rollproof.conformance.violation import Violation
from rollproof.document import parse
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source
from rollproof.span import format_path
from tests.judges import differential

NOW = VersionRange(Version(1, 35), Version(1, 35))

JUNK: tuple[Any, ...] = (None, True, 0, -1, 1.5, 2**70, "", "x", [], {}, [None], [{}], [[]], {"a": None}, {"": ""}, [1, "a", None, {}])


def pod(spec: str, metadata: str = "{name: web}") -> dict[str, Any]:
    """A Pod with one container, and more of its spec in flow style."""
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec:\n  {{{spec}}}\n"
    data = parse(Source("pod.yaml", text)).documents[0].data
    assert isinstance(data, dict)
    return data


def errors(data: dict[str, Any], versions: VersionRange = NOW) -> list[Violation]:
    """What is refused; that something is filled in later is only a remark."""
    return [each for each in check(data, versions) if each.severity in (None, "error") and each.rule != "placeholder"]


def places(data: dict[str, Any], versions: VersionRange = NOW) -> list[str]:
    return [format_path(violation.path) for violation in errors(data, versions)]


def container(more: str) -> str:
    return f"containers: [{{name: web, image: nginx, {more}}}]"


C = "containers: [{name: web, image: nginx}]"

# A spec, the place of its only fault, and words of the message; all of them are judged alike by Kubernetes 1.35 (tests/judges).
FAULTS = [
    ("containers: []", "spec.containers", "required, but empty"),
    ("containers: [{name: Web, image: nginx}]", "spec.containers[0].name", 'name "Web" holds'),
    ("containers: [{name: web}]", "spec.containers[0].image", "image is required, but missing"),
    (f"{C}, initContainers: [{{name: web, image: x}}]", "spec.initContainers[0].name", "name of another container"),
    (
        f"{C}, initContainers: [{{name: i, image: x, readinessProbe: {{exec: {{command: [a]}}}}}}]",
        "spec.initContainers[0].readinessProbe",
        "Always",
    ),
    (container("image: ' nginx'"), "spec.containers[0].image", "must not begin or end with a space"),
    (container("imagePullPolicy: always"), "spec.containers[0].imagePullPolicy", 'but is "always"'),
    (container("ports: [{containerPort: 0}]"), "spec.containers[0].ports[0].containerPort", "from 1 to 65535"),
    (container("ports: [{containerPort: 80, name: a}, {containerPort: 81, name: a}]"), "spec.containers[0].ports[1].name", "used twice"),
    (container("ports: [{containerPort: 80, name: '80'}]"), "spec.containers[0].ports[0].name", "at least one letter"),
    (
        container("ports: [{containerPort: 1, hostPort: 5}, {containerPort: 2, hostPort: 5}]"),
        "spec.containers[0].ports[1].hostPort",
        "taken already",
    ),
    (
        f"{container('ports: [{containerPort: 80, hostPort: 81}]')}, hostNetwork: true",
        "spec.containers[0].ports[0].hostPort",
        "must equal containerPort 80",
    ),
    (container("env: [{name: A=B}]"), "spec.containers[0].env[0].name", "holds '='"),
    (
        container("env: [{name: A, value: v, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"),
        "spec.containers[0].env[0].valueFrom",
        "cannot stand beside a value",
    ),
    (container("env: [{name: A, valueFrom: {}}]"), "spec.containers[0].env[0].valueFrom", "must have one of fieldRef"),
    (
        container("env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.nmae}}}]"),
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath",
        "must be metadata.name",
    ),
    (
        container("env: [{name: A, valueFrom: {configMapKeyRef: {key: a}}}]"),
        "spec.containers[0].env[0].valueFrom.configMapKeyRef.name",
        "required",
    ),
    (container("envFrom: [{configMapRef: {name: A_B}}]"), "spec.containers[0].envFrom[0].configMapRef.name", "holds"),
    (container("livenessProbe: {periodSeconds: 5}"), "spec.containers[0].livenessProbe", "must have one of exec, httpGet"),
    (
        container("livenessProbe: {tcpSocket: {port: 1}, httpGet: {port: 1}}"),
        "spec.containers[0].livenessProbe.tcpSocket",
        "cannot stand beside httpGet",
    ),
    (container("livenessProbe: {tcpSocket: {port: '80'}}"), "spec.containers[0].livenessProbe.tcpSocket.port", "without quotes"),
    (
        container("livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}"),
        "spec.containers[0].livenessProbe.successThreshold",
        "must be 1",
    ),
    (
        container("readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 2}"),
        "spec.containers[0].readinessProbe.terminationGracePeriodSeconds",
        "readinessProbe",
    ),
    (container("lifecycle: {preStop: {sleep: {seconds: 31}}}"), "spec.containers[0].lifecycle.preStop.sleep.seconds", "30, but is 31"),
    (
        container("resources: {requests: {memory: 1Gi}, limits: {memory: 1G}}"),
        "spec.containers[0].resources.requests.memory",
        "request 1Gi is more than the limit 1G",
    ),
    (container("resources: {limits: {memroy: 1Gi}}"), "spec.containers[0].resources.limits.memroy", "did you mean memory?"),
    (container("resources: {requests: {example.com/gpu: 1}}"), "spec.containers[0].resources.limits[example.com/gpu]", "is required"),
    (container("resources: {limits: {cpu: '-1'}}"), "spec.containers[0].resources.limits.cpu", "must not be negative"),
    (container("volumeMounts: [{name: data, mountPath: /d}]"), "spec.containers[0].volumeMounts[0].name", "not one of the pod's volumes"),
    (
        f"{container('volumeMounts: [{name: a, mountPath: /d}, {name: b, mountPath: /d}]')}, volumes: [{{name: a}}, {{name: b}}]",
        "spec.containers[0].volumeMounts[1].mountPath",
        "used already",
    ),
    (f"{C}, volumes: [{{name: a}}, {{name: a}}]", "spec.volumes[1].name", "used twice"),
    (f"{C}, volumes: [{{name: a, emptyDir: {{}}, hostPath: {{path: /}}}}]", "spec.volumes[0].hostPath", "a volume has one source"),
    (f"{C}, volumes: [{{name: a, secret: {{secretName: s, defaultMode: 644}}}}]", "spec.volumes[0].secret.defaultMode", "write 0644"),
    (
        f"{C}, volumes: [{{name: a, configMap: {{name: c, items: [{{key: k, path: ../x}}]}}}}]",
        "spec.volumes[0].configMap.items[0].path",
        "'..'",
    ),
    (
        f"{C}, serviceAccountName: s, volumes: "
        "[{name: a, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 60}}]}}]",
        "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds",
        "from 600",
    ),
    (
        f"{container('ports: [{containerPort: 80}, {containerPort: 80}]')}, hostNetwork: true",
        "spec.containers[0].ports[1].containerPort",
        "hostNetwork makes it a port of the host",
    ),
    (f"{C}, restartPolicy: Sometimes", "spec.restartPolicy", "must be Always, OnFailure or Never"),
    (f"{C}, dnsPolicy: None", "spec.dnsConfig", "is required with dnsPolicy None"),
    (f"{C}, hostname: a.b", "spec.hostname", "holds '.'"),
    (f"{C}, hostPID: true, shareProcessNamespace: true", "spec.shareProcessNamespace", "hostPID"),
    (f"{C}, nodeSelector: {{a: b c}}", "spec.nodeSelector.a", "holds a space"),
    (f"{C}, tolerations: [{{operator: Equal, value: a}}]", "spec.tolerations[0].operator", "must be Exists"),
    (f"{C}, tolerations: [{{key: a, operator: Exists, value: b}}]", "spec.tolerations[0].operator", "takes no value"),
    (f"{C}, tolerations: [{{key: a, operator: Exists, tolerationSeconds: 3}}]", "spec.tolerations[0].effect", "NoExecute"),
    (
        f"{C}, topologySpreadConstraints: [{{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}}]",
        "spec.topologySpreadConstraints[0].maxSkew",
        "1 or more",
    ),
    (
        f"{C}, affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: "
        "[{weight: 0, podAffinityTerm: {topologyKey: a}}]}}",
        "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
        "from 1 to 100",
    ),
    (
        container("securityContext: {privileged: true, allowPrivilegeEscalation: false}"),
        "spec.containers[0].securityContext.allowPrivilegeEscalation",
        "privileged",
    ),
    (f"{C}, securityContext: {{seccompProfile: {{type: Localhost}}}}", "spec.securityContext.seccompProfile.localhostProfile", "required"),
    (f"{C}, securityContext: {{runAsUser: -1}}", "spec.securityContext.runAsUser", "from 0"),
    (f"{C}, os: {{name: Linux}}", "spec.os.name", "must be linux or windows"),
    (f"{C}, nodeName: node1, schedulingGates: [{{name: a}}]", "spec.nodeName", "schedulingGates"),
    (f"{C}, overhead: {{cpu: '-1'}}", "spec.overhead.cpu", "must not be negative"),
    (f"{C}, ephemeralContainers: [{{name: d, image: x}}]", "spec.ephemeralContainers", "added to running pods"),
]


@pytest.mark.parametrize(("spec", "place", "words"), FAULTS)
def test_a_fault_of_a_pod_is_said_once_and_in_its_place(spec: str, place: str, words: str) -> None:
    found = errors(pod(spec))

    assert [format_path(violation.path) for violation in found] == [place]
    assert words in found[0].message


@pytest.mark.parametrize("name", differential.bases())
def test_a_manifest_that_uses_every_field_is_clean(name: str) -> None:
    data = differential.bases()[name]

    assert errors(data) == []


@pytest.mark.parametrize("name", ["pod", "pod-users", "pod-windows", "stateful-set"])
def test_any_json_in_any_place_is_passed_over_or_reported_but_never_raises(name: str) -> None:
    base = differential.bases()[name]

    for path in differential.paths(base):
        for junk in JUNK if len(path) > 1 else ():
            errors(differential.replaced(base, path, junk))


@pytest.mark.parametrize(
    ("spec", "first", "last"),
    [
        (container("env: [{name: A B}]"), Version(1, 25), Version(1, 31)),
        (container("lifecycle: {preStop: {sleep: {seconds: 0}}}"), Version(1, 30), Version(1, 32)),
        (f"{C}, dnsConfig: {{searches: [.]}}", Version(1, 25), Version(1, 32)),
        (container("restartPolicy: OnFailure"), Version(1, 28), Version(1, 34)),
        (f"{C}, initContainers: [{{name: i, image: x, restartPolicy: Never}}]", Version(1, 28), Version(1, 34)),
        (f"{C}, securityContext: {{seLinuxChangePolicy: MountOption}}", Version(1, 33), Version(1, 36)),
    ],
)
def test_what_only_older_versions_refuse_is_refused_for_them_alone(spec: str, first: Version, last: Version) -> None:
    """The feature gates of Kubernetes pkg/features/kube_features.go, as they are by default."""
    newer = Version(1, last.minor + 1)

    assert places(pod(spec), VersionRange(first, first))
    assert places(pod(spec), VersionRange(last, last))
    assert places(pod(spec), VersionRange(last, newer))
    assert places(pod(spec), VersionRange(newer, newer)) == []


@pytest.mark.parametrize(
    ("spec", "metadata"),
    [
        ("containers: [{name: '${NAME}', image: '{{ .image }}'}]", "{name: '${NAME}'}"),
        (container("resources: {limits: {cpu: '${CPU}'}, requests: {cpu: 1}}"), "{name: web, labels: {'${KEY}': a, b: '{{ x }}'}}"),
        (container("volumeMounts: [{name: '${VOLUME}', mountPath: /a}]"), "{name: web, namespace: '$(NS)'}"),
        (container("imagePullPolicy: '${POLICY}', ports: [{name: '{{ port }}', containerPort: 80}]"), "{generateName: '{{ x }}-'}"),
        (f"{C}, restartPolicy: '${{POLICY}}', nodeSelector: {{a: '${{NODE}}'}}", "{name: web}"),
    ],
)
def test_what_is_filled_in_later_is_not_judged(spec: str, metadata: str) -> None:
    assert places(pod(spec, metadata)) == []


def test_a_word_in_the_wrong_case_is_mended_for_certain() -> None:
    (found,) = errors(pod(container("imagePullPolicy: ifnotpresent")))

    assert found.suggestion == "IfNotPresent"
    assert found.fix is not None
    assert found.fix.safe


def test_the_second_of_two_equal_names_points_at_the_first() -> None:
    (found,) = errors(pod("containers: [{name: web, image: a}, {name: web, image: b}]"))

    assert found.related == ((("spec", "containers", 0, "name"), "first here"),)


@pytest.mark.parametrize(
    ("metadata", "place"),
    [
        ("{}", "metadata.name"),
        ("{name: Web}", "metadata.name"),
        ("{generateName: Web-}", "metadata.generateName"),
        ("{name: web, namespace: a.b}", "metadata.namespace"),
        ("{name: web, labels: {a b: c}}", "metadata.labels[a b]"),
        ("{name: web, labels: {a: -c}}", "metadata.labels.a"),
        ("{name: web, annotations: {a/b/c: d}}", "metadata.annotations[a/b/c]"),
        ("{name: web, finalizers: [guard]}", "metadata.finalizers[0]"),
        ("{name: web, finalizers: [orphan, foregroundDeletion]}", "metadata.finalizers[1]"),
        ("{name: web, ownerReferences: [{apiVersion: v1, kind: Event, name: a, uid: b}]}", "metadata.ownerReferences[0].kind"),
        (
            "{name: web, annotations: {controller.kubernetes.io/pod-deletion-cost: '+1'}}",
            "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]",
        ),
    ],
)
def test_a_fault_of_the_metadata_is_said_at_the_key_that_is_wrong(metadata: str, place: str) -> None:
    assert places(pod(C, metadata)) == [place]


def test_annotations_may_hold_256_kibibytes_in_all() -> None:
    data = pod(C)
    data["metadata"]["annotations"] = {"a": "ä" * (128 * 1024 - 1), "b": ""}

    assert places(data) == []

    data["metadata"]["annotations"]["b"] = "x"

    assert places(data) == ["metadata.annotations"]


@pytest.mark.parametrize(
    ("spec", "metadata"),
    [
        ("containers: [{name: web, imagee: nginx}]", "{name: web}"),
        ("contaners: [{name: web, image: nginx, volumeMounts: [{name: data, mountPath: /d}]}], volume: [{name: data}]", "{nmae: web}"),
        (container("livenessProbe: {httpget: {port: 80}}"), "{name: web}"),
    ],
)
def test_a_misspelt_field_is_not_missing_as_well(spec: str, metadata: str) -> None:
    found = list(check(pod(spec, metadata), NOW))

    assert {violation.rule for violation in found} == {"unknown-field"}
