package main

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/registry/rest"

	crdinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	aggregatorinstall "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kube-aggregator/pkg/registry/apiservice"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/authentication/install"
	_ "k8s.io/kubernetes/pkg/apis/authorization/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/extensions/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"

	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicy"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicybinding"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/apps/controllerrevision"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/certificates/certificates"
	"k8s.io/kubernetes/pkg/registry/coordination/lease"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/endpoint"
	"k8s.io/kubernetes/pkg/registry/core/event"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/node"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/discovery/endpointslice"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/flowschema"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/prioritylevelconfiguration"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/ipaddress"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/networking/servicecidr"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/resource/deviceclass"
	"k8s.io/kubernetes/pkg/registry/resource/resourceclaim"
	"k8s.io/kubernetes/pkg/registry/resource/resourceclaimtemplate"
	"k8s.io/kubernetes/pkg/registry/resource/resourceslice"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/csidriver"
	"k8s.io/kubernetes/pkg/registry/storage/csinode"
	"k8s.io/kubernetes/pkg/registry/storage/csistoragecapacity"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
	"k8s.io/kubernetes/pkg/registry/storage/volumeattachment"
	"k8s.io/kubernetes/pkg/registry/storage/volumeattributesclass"
)

// strategy is what the registry of a kind does on create and on update.
type strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
}

// served is one kind that kube-apiserver 1.35 serves by default.
type served struct {
	strategy strategy
	resource string
	scheme   *runtime.Scheme
	codecs   serializer.CodecFactory
}

// kinds holds the default APIs of 1.35 (pkg/controlplane/instance.go: stable versions only), without the
// kinds that are only ever asked for and not stored (reviews, bindings, scale).
var kinds = func() map[schema.GroupVersionKind]served {
	table := map[schema.GroupVersionKind]served{}
	in := func(group, version string) func(kind, resource string, s strategy) {
		return func(kind, resource string, s strategy) {
			table[schema.GroupVersionKind{Group: group, Version: version, Kind: kind}] = served{s, resource, legacyscheme.Scheme, legacyscheme.Codecs}
		}
	}

	core := in("", "v1")
	core("ConfigMap", "configmaps", configmap.Strategy)
	core("Endpoints", "endpoints", endpoint.Strategy)
	core("Event", "events", event.Strategy)
	core("LimitRange", "limitranges", limitrange.Strategy)
	core("Namespace", "namespaces", namespace.Strategy)
	core("Node", "nodes", node.Strategy)
	core("PersistentVolume", "persistentvolumes", persistentvolume.Strategy)
	core("PersistentVolumeClaim", "persistentvolumeclaims", persistentvolumeclaim.Strategy)
	core("Pod", "pods", pod.Strategy)
	core("PodTemplate", "podtemplates", podtemplate.Strategy)
	core("ReplicationController", "replicationcontrollers", replicationcontroller.Strategy)
	core("ResourceQuota", "resourcequotas", resourcequota.Strategy)
	core("Secret", "secrets", secret.Strategy)
	core("Service", "services", service.Strategy)
	core("ServiceAccount", "serviceaccounts", serviceaccount.Strategy)

	apps := in("apps", "v1")
	apps("ControllerRevision", "controllerrevisions", controllerrevision.Strategy)
	apps("DaemonSet", "daemonsets", daemonset.Strategy)
	apps("Deployment", "deployments", deployment.Strategy)
	apps("ReplicaSet", "replicasets", replicaset.Strategy)
	apps("StatefulSet", "statefulsets", statefulset.Strategy)

	batch := in("batch", "v1")
	batch("CronJob", "cronjobs", cronjob.Strategy)
	batch("Job", "jobs", job.Strategy)

	in("autoscaling", "v1")("HorizontalPodAutoscaler", "horizontalpodautoscalers", horizontalpodautoscaler.Strategy)
	in("autoscaling", "v2")("HorizontalPodAutoscaler", "horizontalpodautoscalers", horizontalpodautoscaler.Strategy)
	in("policy", "v1")("PodDisruptionBudget", "poddisruptionbudgets", poddisruptionbudget.Strategy)
	in("scheduling.k8s.io", "v1")("PriorityClass", "priorityclasses", priorityclass.Strategy)
	in("coordination.k8s.io", "v1")("Lease", "leases", lease.Strategy)
	in("discovery.k8s.io", "v1")("EndpointSlice", "endpointslices", endpointslice.Strategy)
	in("events.k8s.io", "v1")("Event", "events", event.Strategy)
	in("node.k8s.io", "v1")("RuntimeClass", "runtimeclasses", runtimeclass.Strategy)
	in("certificates.k8s.io", "v1")("CertificateSigningRequest", "certificatesigningrequests", certificates.Strategy)

	networking := in("networking.k8s.io", "v1")
	networking("Ingress", "ingresses", ingress.Strategy)
	networking("IngressClass", "ingressclasses", ingressclass.Strategy)
	networking("IPAddress", "ipaddresses", ipaddress.Strategy)
	networking("NetworkPolicy", "networkpolicies", networkpolicy.Strategy)
	networking("ServiceCIDR", "servicecidrs", servicecidr.Strategy)

	rbac := in("rbac.authorization.k8s.io", "v1")
	rbac("ClusterRole", "clusterroles", clusterrole.Strategy)
	rbac("ClusterRoleBinding", "clusterrolebindings", clusterrolebinding.Strategy)
	rbac("Role", "roles", role.Strategy)
	rbac("RoleBinding", "rolebindings", rolebinding.Strategy)

	storage := in("storage.k8s.io", "v1")
	storage("CSIDriver", "csidrivers", csidriver.Strategy)
	storage("CSINode", "csinodes", csinode.Strategy)
	storage("CSIStorageCapacity", "csistoragecapacities", csistoragecapacity.Strategy)
	storage("StorageClass", "storageclasses", storageclass.Strategy)
	storage("VolumeAttachment", "volumeattachments", volumeattachment.Strategy)
	storage("VolumeAttributesClass", "volumeattributesclasses", volumeattributesclass.Strategy)

	admission := in("admissionregistration.k8s.io", "v1")
	admission("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", mutatingwebhookconfiguration.Strategy)
	admission("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", validatingwebhookconfiguration.Strategy)
	admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies", validatingadmissionpolicy.NewStrategy(nil, nil))
	admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", validatingadmissionpolicybinding.NewStrategy(nil, nil, nil))

	flowcontrol := in("flowcontrol.apiserver.k8s.io", "v1")
	flowcontrol("FlowSchema", "flowschemas", flowschema.Strategy)
	flowcontrol("PriorityLevelConfiguration", "prioritylevelconfigurations", prioritylevelconfiguration.Strategy)

	resource := in("resource.k8s.io", "v1")
	resource("DeviceClass", "deviceclasses", deviceclass.Strategy)
	resource("ResourceClaim", "resourceclaims", resourceclaim.NewStrategy(nil))
	resource("ResourceClaimTemplate", "resourceclaimtemplates", resourceclaimtemplate.NewStrategy(nil))
	resource("ResourceSlice", "resourceslices", resourceslice.Strategy)

	crds := runtime.NewScheme()
	crdinstall.Install(crds)
	table[schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}] = served{
		customresourcedefinition.NewStrategy(crds), "customresourcedefinitions", crds, serializer.NewCodecFactory(crds)}

	aggregator := runtime.NewScheme()
	aggregatorinstall.Install(aggregator)
	table[schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}] = served{
		apiservice.NewStrategy(aggregator), "apiservices", aggregator, serializer.NewCodecFactory(aggregator)}

	return table
}()
