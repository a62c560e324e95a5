package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	genericvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/deprecation"
	genericrequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/yaml"
)

// The stages at which a request can end.
const (
	atClient     = "client"     // kubectl sends nothing
	atRouting    = "routing"    // the server has no such kind
	atDecoding   = "decode"     // the text does not fit the type at all
	atStrictness = "strict"     // unknown or duplicate fields, which kubectl's field validation refuses
	atValidation = "validation" // field errors
	accepted     = "accepted"
)

// judge answers one request; a crash of the code under it is an answer too.
func judge(asked request) (given verdict) {
	given = newVerdict()
	defer func() {
		given.ID = asked.ID
		if crash := recover(); crash != nil {
			given.OK, given.Stage, given.Reason = false, "panic", fmt.Sprint(crash)
		}
	}()

	if err := yamlStrictness(asked.Manifest); err != nil {
		given.YAMLStrict = append(given.YAMLStrict, err.Error())
	}
	object, err := kubectlReads(asked.Manifest)
	if err != nil {
		return refused(given, atClient, err.Error())
	}
	if object == nil {
		given.Stage, given.Reason, given.OK = atClient, "empty document", true
		return given
	}
	if list, ok := object.(*unstructured.UnstructuredList); ok {
		return judgeList(given, list)
	}
	var old *unstructured.Unstructured
	if asked.Old != nil {
		before, err := kubectlReads(*asked.Old)
		if err != nil {
			return refused(given, atClient, "old: "+err.Error())
		}
		old, _ = before.(*unstructured.Unstructured)
	}
	return judgeObject(given, object.(*unstructured.Unstructured), old)
}

func newVerdict() verdict {
	return verdict{Decode: []string{}, YAMLStrict: []string{}, Errors: []fieldError{}, Warnings: []string{}}
}

func refused(given verdict, stage string, reason string) verdict {
	given.Stage, given.OK = stage, false
	given.Decode = append(given.Decode, reason)
	return given
}

// yamlStrictness is what strict decoding of the YAML text says (the server does this when it is sent YAML;
// kubectl sends JSON in which a duplicate key is lost).
func yamlStrictness(text string) error {
	var ignored any
	return yaml.UnmarshalStrict([]byte(text), &ignored)
}

// kubectlReads follows k8s.io/cli-runtime pkg/resource: visitor.go StreamVisitor, then mapper.go infoForData.
// It reads the first document only.
func kubectlReads(text string) (runtime.Object, error) {
	raw := runtime.RawExtension{}
	if err := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096).Decode(&raw); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("error parsing: %w", err)
	}
	data := bytes.TrimSpace(raw.Raw)
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil, nil
	}
	object, _, err := unstructured.UnstructuredJSONScheme.Decode(data, nil, nil)
	return object, err
}

// judgeList takes a List apart, as kubectl does.
func judgeList(given verdict, list *unstructured.UnstructuredList) verdict {
	given.APIVersion, given.Kind = list.GetAPIVersion(), list.GetKind()
	given.OK, given.Stage = true, accepted
	for i := range list.Items {
		item := judgeObject(newVerdict(), &list.Items[i], nil)
		prefix := fmt.Sprintf("items[%d].", i)
		for _, text := range item.Decode {
			given.Decode = append(given.Decode, prefix+" "+text)
		}
		for _, problem := range item.Errors {
			problem.Field = prefix + problem.Field
			given.Errors = append(given.Errors, problem)
		}
		for _, text := range item.Warnings {
			given.Warnings = append(given.Warnings, prefix+" "+text)
		}
		given.UnknownKind = given.UnknownKind || item.UnknownKind
		if !item.OK && given.OK {
			given.OK, given.Stage = false, item.Stage
		}
		given.Items = append(given.Items, item)
	}
	return given
}

func judgeObject(given verdict, object, old *unstructured.Unstructured) verdict {
	given.APIVersion, given.Kind, given.Namespace, given.Name = object.GetAPIVersion(), object.GetKind(), object.GetNamespace(), object.GetName()
	gvk := object.GroupVersionKind()
	api, ok := kinds[gvk]
	if !ok {
		given.UnknownKind, given.Stage = true, atRouting
		given.Reason = fmt.Sprintf("no matches for kind %q in version %q", gvk.Kind, object.GetAPIVersion())
		if legacyscheme.Scheme.Recognizes(gvk) {
			given.Reason += " (the type is compiled in, but not served by default, or not judged here)"
		}
		return given
	}
	ctx := requestContext(api, gvk, object)
	recorder := &recorder{}
	ctx = warning.WithWarningRecorder(ctx, recorder)
	deprecated(api, gvk, recorder)

	var strict []string
	var problems field.ErrorList
	var err error
	if old == nil {
		_, strict, problems, err = create(ctx, api, gvk, object)
	} else {
		strict, problems, err = update(ctx, api, gvk, object, old)
	}
	given.Decode = append(given.Decode, strict...)
	given.Errors = append(given.Errors, fieldErrors(problems)...)
	given.Warnings = append(given.Warnings, recorder.texts...)
	var undecodable *decodeError
	if errors.As(err, &undecodable) {
		return refused(given, atDecoding, undecodable.Error())
	}
	if err != nil {
		given.Errors = append(given.Errors, statusErrors(err)...)
	}
	switch {
	case len(strict) > 0:
		given.Stage = atStrictness
	case len(given.Errors) > 0:
		given.Stage = atValidation
	default:
		given.OK, given.Stage = true, accepted
	}
	return given
}

// create follows apiserver pkg/endpoints/handlers/create.go, pkg/registry/generic/registry/store.go and
// pkg/registry/rest/create.go, except that field errors stay what they are and that strict decoding errors
// do not end it, so that both are seen.
func create(ctx context.Context, api served, gvk schema.GroupVersionKind, manifest *unstructured.Unstructured) (runtime.Object, []string, field.ErrorList, error) {
	data, err := runtime.Encode(unstructured.UnstructuredJSONScheme, manifest)
	if err != nil {
		return nil, nil, nil, &decodeError{err}
	}
	object, strict, err := decode(api, gvk, data)
	if err != nil {
		return nil, nil, nil, err
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil, strict, nil, err
	}
	rest.WipeObjectMetaSystemFields(accessor)
	if err := rest.EnsureObjectNamespaceMatchesRequestNamespace(rest.ExpectedNamespaceForScope(genericrequest.NamespaceValue(ctx), api.strategy.NamespaceScoped()), accessor); err != nil {
		return nil, strict, nil, err
	}
	rest.FillObjectMetaSystemFields(accessor)
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(api.strategy.GenerateName(accessor.GetGenerateName()))
	}
	if err := beforeCreate(ctx, object); err != nil {
		return nil, strict, nil, err
	}
	api.strategy.PrepareForCreate(ctx, object)
	if problems := api.strategy.Validate(ctx, object); len(problems) > 0 {
		return nil, strict, problems, nil
	}
	if problems := genericvalidation.ValidateObjectMetaAccessor(accessor, api.strategy.NamespaceScoped(), path.ValidatePathSegmentName, field.NewPath("metadata")); len(problems) > 0 {
		return nil, strict, problems, nil
	}
	for _, text := range api.strategy.WarningsOnCreate(ctx, object) {
		warning.AddWarning(ctx, "", text)
	}
	api.strategy.Canonicalize(object)
	return object, strict, nil, nil
}

// update follows kubectl apply (a three-way strategic merge against the live object) and
// pkg/registry/rest/update.go. The live object is the old manifest, created.
func update(ctx context.Context, api served, gvk schema.GroupVersionKind, manifest, old *unstructured.Unstructured) ([]string, field.ErrorList, error) {
	live, _, problems, err := create(ctx, api, gvk, old)
	if err != nil || len(problems) > 0 {
		return nil, nil, fmt.Errorf("the old manifest is not valid: %w", errors.Join(err, problems.ToAggregate()))
	}
	liveMeta, err := meta.Accessor(live)
	if err != nil {
		return nil, nil, err
	}
	liveMeta.SetResourceVersion("1")
	encoder := api.codecs.EncoderForVersion(jsonSerializer(api, false), gvk.GroupVersion())
	current, err := runtime.Encode(encoder, live)
	if err != nil {
		return nil, nil, err
	}
	// Read back what would be stored: times lose their fractions.
	if live, _, err = decode(api, gvk, current); err != nil {
		return nil, nil, err
	}
	if liveMeta, err = meta.Accessor(live); err != nil {
		return nil, nil, err
	}
	patched, err := applied(api, gvk, old, manifest, current)
	if err != nil {
		return nil, nil, err
	}
	object, strict, err := decode(api, gvk, patched)
	if err != nil {
		return nil, nil, err
	}
	if err := beforeUpdate(ctx, object, live); err != nil {
		return strict, nil, err
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return strict, nil, err
	}
	accessor.SetGeneration(liveMeta.GetGeneration())
	api.strategy.PrepareForUpdate(ctx, object, live)
	problems = genericvalidation.ValidateObjectMetaAccessor(accessor, api.strategy.NamespaceScoped(), path.ValidatePathSegmentName, field.NewPath("metadata"))
	problems = append(problems, genericvalidation.ValidateObjectMetaAccessorUpdate(accessor, liveMeta, field.NewPath("metadata"))...)
	problems = append(problems, api.strategy.ValidateUpdate(ctx, object, live)...)
	if len(problems) == 0 {
		for _, text := range api.strategy.WarningsOnUpdate(ctx, object, live) {
			warning.AddWarning(ctx, "", text)
		}
	}
	return strict, problems, nil
}

func applied(api served, gvk schema.GroupVersionKind, old, manifest *unstructured.Unstructured, current []byte) ([]byte, error) {
	original, err := runtime.Encode(unstructured.UnstructuredJSONScheme, old)
	if err != nil {
		return nil, err
	}
	modified, err := runtime.Encode(unstructured.UnstructuredJSONScheme, manifest)
	if err != nil {
		return nil, err
	}
	versioned, err := api.scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	lookup, err := strategicpatch.NewPatchMetaFromStruct(versioned)
	if err != nil {
		return nil, err
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, modified, current, lookup, true)
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(current, patch, versioned)
}

type decodeError struct{ error }

func jsonSerializer(api served, strict bool) *kjson.Serializer {
	return kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, api.scheme, api.scheme, kjson.SerializerOptions{Strict: strict})
}

// decode reads JSON into the internal type, defaulted; strict errors come beside the object.
func decode(api served, gvk schema.GroupVersionKind, data []byte) (runtime.Object, []string, error) {
	hub := schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal}
	into, err := api.scheme.New(hub.WithKind(gvk.Kind))
	if err != nil {
		return nil, nil, err
	}
	object, _, err := api.codecs.DecoderToVersion(jsonSerializer(api, true), hub).Decode(data, &gvk, into)
	var strict []string
	if failure, ok := runtime.AsStrictDecodingError(err); ok && object != nil {
		for _, one := range failure.Errors() {
			strict = append(strict, one.Error())
		}
	} else if err != nil {
		return nil, nil, &decodeError{err}
	}
	return object, strict, nil
}

func requestContext(api served, gvk schema.GroupVersionKind, object *unstructured.Unstructured) context.Context {
	namespace := ""
	if api.strategy.NamespaceScoped() {
		if namespace = object.GetNamespace(); namespace == "" {
			namespace = metav1.NamespaceDefault
		}
	}
	ctx := genericrequest.WithNamespace(genericrequest.NewContext(), namespace)
	ctx = genericrequest.WithUser(ctx, &user.DefaultInfo{Name: "kubernetes-admin", Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}})
	return genericrequest.WithRequestInfo(ctx, &genericrequest.RequestInfo{
		IsResourceRequest: true, Verb: "create", APIGroup: gvk.Group, APIVersion: gvk.Version,
		Resource: api.resource, Namespace: namespace, Name: object.GetName(),
	})
}

// deprecated adds the warning that the installer of the endpoint adds for a deprecated kind.
func deprecated(api served, gvk schema.GroupVersionKind, recorder *recorder) {
	versioned, err := api.scheme.New(gvk)
	if err != nil || !deprecation.IsDeprecated(versioned, 1, 35) {
		return
	}
	versioned.GetObjectKind().SetGroupVersionKind(gvk)
	recorder.AddWarning("", deprecation.WarningMessage(versioned))
}

type recorder struct{ texts []string }

func (r *recorder) AddWarning(_, text string) { r.texts = append(r.texts, text) }

func fieldErrors(problems field.ErrorList) []fieldError {
	shown := make([]fieldError, 0, len(problems))
	for _, one := range problems {
		shown = append(shown, fieldError{one.Field, string(one.Type), one.Detail, plain(one.BadValue), one.Error()})
	}
	return shown
}

// statusErrors takes apart an error that was a response already (the Service hooks give such).
func statusErrors(err error) []fieldError {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return []fieldError{{Message: err.Error(), Detail: err.Error(), Type: "Status"}}
	}
	shown := []fieldError{}
	for _, cause := range status.Status().Details.Causes {
		shown = append(shown, fieldError{Field: cause.Field, Type: string(cause.Type), Detail: cause.Message, Message: cause.Message})
	}
	return shown
}

// plain shows a value as JSON where it is small.
func plain(value any) any {
	if text, err := json.Marshal(value); err == nil && len(text) <= 500 {
		return json.RawMessage(text)
	}
	text := fmt.Sprintf("%v", value)
	return text[:min(len(text), 500)]
}
