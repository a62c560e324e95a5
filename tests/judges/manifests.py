"""Manifests that the API server accepts and that touch every field which has a rule of its own: what the differential test mutates."""

from __future__ import annotations

CONTAINER = """
name: web
image: nginx:1.27
imagePullPolicy: IfNotPresent
command: [run]
args: ["-x"]
workingDir: /srv
terminationMessagePath: /dev/log
terminationMessagePolicy: File
env:
- {name: A, value: a}
- {name: B, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}
- {name: C, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
- {name: D, valueFrom: {resourceFieldRef: {resource: limits.cpu, containerName: web, divisor: 1m}}}
- {name: E, valueFrom: {configMapKeyRef: {name: cm, key: k.ey, optional: true}}}
- {name: F, valueFrom: {secretKeyRef: {name: s, key: key}}}
- {name: G, valueFrom: {fileKeyRef: {key: KEY, path: some/file, volumeName: scratch}}}
envFrom:
- {prefix: P_, configMapRef: {name: cm}}
- {secretRef: {name: s, optional: false}}
ports:
- {name: http, containerPort: 80, protocol: TCP}
- {name: host, containerPort: 81, hostPort: 81, hostIP: 10.0.0.1}
- {containerPort: 82, protocol: UDP}
resources:
  requests: {cpu: 100m, memory: 1Gi, ephemeral-storage: 1Gi, example.com/gpu: 1}
  limits: {cpu: "1", memory: 2Gi, example.com/gpu: 1, hugepages-2Mi: 4Mi}
  claims: [{name: dev, request: one}]
resizePolicy:
- {resourceName: cpu, restartPolicy: NotRequired}
- {resourceName: memory, restartPolicy: RestartContainer}
volumeMounts:
- {name: scratch, mountPath: /scratch, subPath: a/b}
- {name: data, mountPath: /data, readOnly: true, recursiveReadOnly: Enabled, mountPropagation: None}
- {name: cfg, mountPath: /cfg, subPathExpr: $(A)/x, mountPropagation: HostToContainer}
volumeDevices:
- {name: block, devicePath: /dev/xvda}
livenessProbe:
  httpGet: {path: /, port: http, scheme: HTTP, host: h, httpHeaders: [{name: X-A, value: b}]}
  initialDelaySeconds: 1
  timeoutSeconds: 1
  periodSeconds: 2
  successThreshold: 1
  failureThreshold: 3
  terminationGracePeriodSeconds: 5
readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}
startupProbe: {grpc: {port: 80, service: s}, failureThreshold: 30}
lifecycle:
  postStart: {exec: {command: [a]}}
  preStop: {sleep: {seconds: 5}}
securityContext:
  runAsUser: 1000
  runAsGroup: 1000
  runAsNonRoot: true
  privileged: false
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  procMount: Default
  capabilities: {add: [NET_ADMIN], drop: [ALL]}
  seccompProfile: {type: Localhost, localhostProfile: p/q.json}
  appArmorProfile: {type: RuntimeDefault}
restartPolicy: Always
restartPolicyRules:
- {action: Restart, exitCodes: {operator: In, values: [1, 2]}}
stdin: true
tty: false
"""

POD_SPEC = """
containers:
- __CONTAINER__
- {name: side, image: side, lifecycle: {preStop: {httpGet: {port: 80}}}, livenessProbe: {exec: {command: [x]}}}
initContainers:
- {name: init, image: init, env: [{name: X, value: yy}], ports: [{containerPort: 9, hostPort: 9}]}
- {name: sidecar, image: init, restartPolicy: Always, startupProbe: {exec: {command: [x]}}, lifecycle: {preStop: {exec: {command: [x]}}}}
volumes:
- {name: scratch, emptyDir: {medium: Memory, sizeLimit: 1Gi}}
- {name: data, persistentVolumeClaim: {claimName: data, readOnly: false}}
- {name: block, persistentVolumeClaim: {claimName: block}}
- {name: cfg, configMap: {name: cm, defaultMode: 420, items: [{key: a, path: b/c, mode: 256}], optional: true}}
- {name: none}
resourceClaims:
- {name: dev, resourceClaimName: claim}
- {name: dev2, resourceClaimTemplateName: claim}
restartPolicy: Always
terminationGracePeriodSeconds: 30
dnsPolicy: None
dnsConfig:
  nameservers: [10.0.0.1, "2001:db8::1"]
  searches: [example.com, a_b.example.com., .]
  options: [{name: ndots, value: "2"}]
nodeSelector: {example.com/disk: ssd}
serviceAccountName: sa
automountServiceAccountToken: true
securityContext:
  fsGroup: 1
  runAsUser: 1
  runAsGroup: 1
  supplementalGroups: [1, 2]
  supplementalGroupsPolicy: Merge
  fsGroupChangePolicy: OnRootMismatch
  seLinuxOptions: {level: "s0"}
  seLinuxChangePolicy: Recursive
  sysctls: [{name: net.core.somaxconn, value: "1"}, {name: kernel.shm_rmid_forced, value: "1"}]
  seccompProfile: {type: RuntimeDefault}
  appArmorProfile: {type: Localhost, localhostProfile: prof}
imagePullSecrets: [{name: pull}]
hostname: host
subdomain: sub
shareProcessNamespace: true
hostNetwork: false
hostPID: false
hostIPC: false
hostUsers: true
setHostnameAsFQDN: true
hostAliases: [{ip: 10.0.0.1, hostnames: [a.b, c]}]
priorityClassName: high
runtimeClassName: runc
preemptionPolicy: Never
enableServiceLinks: true
overhead: {cpu: 10m, memory: 1Mi}
os: {name: linux}
schedulerName: default-scheduler
readinessGates: [{conditionType: example.com/ready}]
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
      - matchExpressions:
        - {key: a, operator: In, values: [b]}
        - {key: c, operator: Exists}
        - {key: d, operator: Gt, values: ["3"]}
        matchFields:
        - {key: metadata.name, operator: In, values: [node1]}
    preferredDuringSchedulingIgnoredDuringExecution:
    - {weight: 5, preference: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector: {matchLabels: {app: web}, matchExpressions: [{key: x, operator: In, values: [yy]}]}
      namespaces: [default]
      namespaceSelector: {matchLabels: {a: b}}
      matchLabelKeys: [q]
      mismatchLabelKeys: [r]
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}
tolerations:
- {key: a, operator: Equal, value: b, effect: NoSchedule}
- {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
- {operator: Exists}
topologySpreadConstraints:
- maxSkew: 1
  topologyKey: zone
  whenUnsatisfiable: DoNotSchedule
  minDomains: 2
  nodeAffinityPolicy: Honor
  nodeTaintsPolicy: Ignore
  labelSelector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]}
  matchLabelKeys: [pod-template-hash]
- {maxSkew: 1, topologyKey: host, whenUnsatisfiable: ScheduleAnyway}
"""

METADATA = """
name: web
namespace: default
labels: {app: web, example.com/tier: front}
annotations: {Example.com/Note: "any thing"}
finalizers: [example.com/guard, orphan]
ownerReferences:
- {apiVersion: apps/v1, kind: Deployment, name: owner, uid: u-1, controller: true, blockOwnerDeletion: true}
- {apiVersion: apps/v1, kind: Deployment, name: other, uid: u-2, controller: false}
"""

TEMPLATE = """
metadata:
  labels: {app: web, tier: front}
  annotations:
    controller.kubernetes.io/pod-deletion-cost: "-5"
    container.apparmor.security.beta.kubernetes.io/side: localhost/prof
    seccomp.security.alpha.kubernetes.io/pod: runtime/default
    scheduler.alpha.kubernetes.io/tolerations: '[{"key":"a","operator":"Exists"}]'
spec: __POD_SPEC__
"""

SELECTOR = """
matchLabels: {app: web}
matchExpressions:
- {key: tier, operator: In, values: [front, back]}
- {key: app, operator: NotIn, values: [db]}
- {key: tier, operator: Exists}
- {key: track, operator: DoesNotExist}
"""

SMALL_TEMPLATE = """
metadata: {labels: {app: web, tier: front}}
spec:
  restartPolicy: Always
  containers: [{name: web, image: nginx, volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, emptyDir: {}}]
"""

OBJECTS = {
    "pod": """
apiVersion: v1
kind: Pod
metadata: __METADATA__
spec: __POD_SPEC__
""",
    "pod-template": """
apiVersion: v1
kind: PodTemplate
metadata: {name: web}
template: __SMALL_TEMPLATE__
""",
    "deployment": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  minReadySeconds: 5
  revisionHistoryLimit: 3
  progressDeadlineSeconds: 60
  paused: false
  selector: __SELECTOR__
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 25%}}
  template: __TEMPLATE__
""",
    "deployment-recreate": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  minReadySeconds: 599
  selector: {matchLabels: {app: web}}
  strategy: {type: Recreate}
  template: __SMALL_TEMPLATE__
""",
    "deployment-zero": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  template: __SMALL_TEMPLATE__
""",
    "replica-set": """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec: {replicas: 1, minReadySeconds: 1, selector: __SELECTOR__, template: __SMALL_TEMPLATE__}
""",
    "daemon-set": """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web}
spec:
  minReadySeconds: 1
  revisionHistoryLimit: 1
  selector: __SELECTOR__
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template: __SMALL_TEMPLATE__
""",
    "daemon-set-on-delete": """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  updateStrategy: {type: OnDelete, rollingUpdate: {maxUnavailable: 0}}
  template: __SMALL_TEMPLATE__
""",
    "stateful-set": """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 2
  serviceName: svc
  podManagementPolicy: Parallel
  minReadySeconds: 1
  revisionHistoryLimit: 1
  ordinals: {start: 1}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
  selector: __SELECTOR__
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1, maxUnavailable: 2}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      hostname: ok
      subdomain: ok
      containers:
      - {name: web, image: nginx, volumeMounts: [{name: data, mountPath: /data}, {name: more, mountPath: /more}]}
      volumes: [{name: data, emptyDir: {}}, {name: rest, emptyDir: {}}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce, ReadOnlyMany]
      storageClassName: fast
      volumeMode: Filesystem
      resources: {requests: {storage: 1Gi}}
      selector: {matchLabels: {a: b}}
      dataSource: {kind: PersistentVolumeClaim, name: src}
  - metadata: {name: more}
    spec: {accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}, dataSourceRef: {apiGroup: a.b, kind: K, name: nn}}
""",
    "stateful-set-on-delete": """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, updateStrategy: {type: OnDelete}, template: __SMALL_TEMPLATE__}
""",
    "replication-controller": """
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec: {replicas: 1, minReadySeconds: 0, selector: {app: web}, template: __SMALL_TEMPLATE__}
""",
    "controller-revision": """
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: web}
revision: 1
data: {a: b}
""",
    "pod-windows": """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  hostNetwork: true
  securityContext:
    windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM', gmsaCredentialSpecName: g, gmsaCredentialSpec: "{}"}
  containers:
  - {name: a, image: a, securityContext: {windowsOptions: {hostProcess: true, runAsUserName: user}}}
  - {name: b, image: b, securityContext: {runAsNonRoot: true}}
""",
    "pod-users": """
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    container.apparmor.security.beta.kubernetes.io/a: unconfined
    container.seccomp.security.alpha.kubernetes.io/a: localhost/a/b
spec:
  hostUsers: false
  hostPID: false
  hostnameOverride: a.b
  nodeName: node1
  activeDeadlineSeconds: 5
  serviceAccountName: sa
  restartPolicy: Never
  resources: {requests: {cpu: "2", memory: 1Gi}, limits: {cpu: "4", memory: 1Gi, hugepages-2Mi: 4Mi}}
  containers:
  - name: a
    image: a
    resources: {requests: {cpu: "1"}, limits: {cpu: "3", hugepages-2Mi: 2Mi}}
    resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]
    securityContext: {procMount: Unmasked, appArmorProfile: {type: Unconfined}, seccompProfile: {type: Localhost, localhostProfile: a/b}}
    lifecycle: {preStop: {tcpSocket: {port: x}}}
  initContainers:
  - {name: i, image: i, resources: {requests: {cpu: 500m}}}
  volumes:
  - name: p
    projected:
      defaultMode: 256
      sources:
      - {secret: {name: s, items: [{key: a, path: a}]}}
      - {configMap: {name: s, items: [{key: b, path: b, mode: 1}]}}
      - downwardAPI:
          items:
          - {path: c, fieldRef: {fieldPath: metadata.labels}, mode: 1}
          - {path: d, resourceFieldRef: {containerName: a, resource: requests.memory, divisor: 1Mi}}
      - {serviceAccountToken: {path: t, expirationSeconds: 3600, audience: a}}
  - {name: s, secret: {secretName: s, defaultMode: 1, items: [{key: k, path: p, mode: 5}]}}
  - name: d
    downwardAPI: {defaultMode: 1, items: [{path: e/f, fieldRef: {fieldPath: "metadata.annotations['A']"}}]}
  - {name: h, hostPath: {path: /x, type: Directory}}
  - {name: nn, nfs: {server: s, path: /p}}
  - {name: c, csi: {driver: D.com, nodePublishSecretRef: {name: nn}, fsType: ext4}}
  - {name: im, image: {reference: r, pullPolicy: Always}}
  - name: e
    ephemeral:
      volumeClaimTemplate:
        metadata: {labels: {a: b}, annotations: {c: d}}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, volumeMode: Block}
""",
    "pod-gates": """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: true
  schedulingGates: [{name: example.com/a}, {name: b}]
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: a, ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81}], lifecycle: {preStop: {sleep: {seconds: 0}}}}
  - {name: b, image: b, ports: [{containerPort: 80, hostPort: 80, protocol: UDP}]}
  securityContext: {sysctls: [{name: kernel.msgmax, value: "1"}]}
""",
    "pod-old-volumes": """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: a, image: a}]
  volumes:
  - {name: a1, awsElasticBlockStore: {volumeID: v, partition: 1, fsType: ext4}}
  - {name: a2, azureDisk: {diskName: d, diskURI: https://x/y.vhd, cachingMode: ReadOnly, kind: Dedicated}}
  - {name: a3, azureDisk: {diskName: d, diskURI: /subscriptions/x, kind: Managed}}
  - {name: a4, azureFile: {secretName: s, shareName: s}}
  - {name: a5, cephfs: {monitors: [m], path: /x, secretRef: {name: s}}}
  - {name: a6, cinder: {volumeID: v, secretRef: {name: s}}}
  - {name: a7, fc: {targetWWNs: [w], lun: 2}}
  - {name: a8, fc: {wwids: [w]}}
  - {name: a9, flexVolume: {driver: d, options: {a.b/c: d}, secretRef: {name: s}}}
  - {name: b1, flocker: {datasetName: nn}}
  - {name: b2, gcePersistentDisk: {pdName: nn, partition: 1}}
  - {name: b3, gitRepo: {repository: r, directory: a/b, revision: x}}
  - {name: b4, glusterfs: {endpoints: e, path: p}}
  - name: b5
    iscsi:
      {targetPortal: 10.0.0.1, iqn: "iqn.2001-04.com.example:a", lun: 1, initiatorName: "iqn.2001-04.com.example:b",
       chapAuthSession: true, secretRef: {name: s}}
  - {name: b6, photonPersistentDisk: {pdID: p}}
  - {name: b7, portworxVolume: {volumeID: v}}
  - {name: b8, quobyte: {registry: "a:1,b:2", volume: v, tenant: t}}
  - {name: b9, rbd: {monitors: [m], image: i, secretRef: {name: s}}}
  - {name: c1, scaleIO: {gateway: g, system: s, volumeName: v, secretRef: {name: s}}}
  - {name: c2, storageos: {volumeName: v, volumeNamespace: nn, secretRef: {name: s}}}
  - {name: c3, vsphereVolume: {volumePath: p}}
""",
}
"""Each by a name; words in double underscores stand for the parts above."""
