// Command custom says what a Kubernetes 1.35 API server makes of a custom resource, given the schema of its definition.
//
// It reads one JSON request a line, "schema" (an openAPIV3Schema) and "object", and writes one JSON verdict a line: "unknown" (paths of
// fields that would be pruned, which strict decoding refuses), "errors" and "fields" (messages of validation, and their paths), "fatal"
// where the schema itself cannot be used. Rules in CEL are not run. Build it in the folder above: go build -o /tmp/judge/custom ./custom
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

type request struct {
	Schema json.RawMessage `json:"schema"`
	Object json.RawMessage `json:"object"`
}
type answer struct {
	Fatal   string   `json:"fatal,omitempty"`
	Unknown []string `json:"unknown"`
	Errors  []string `json:"errors"`
	Fields  []string `json:"fields"`
}

func judge(r request) (a answer) {
	defer func() {
		if e := recover(); e != nil {
			a.Fatal = fmt.Sprint(e)
		}
	}()
	v1 := &apiv1.JSONSchemaProps{}
	if err := json.Unmarshal(r.Schema, v1); err != nil {
		a.Fatal = err.Error()
		return
	}
	in := &apiextensions.JSONSchemaProps{}
	if err := apiv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1, in, nil); err != nil {
		a.Fatal = err.Error()
		return
	}
	s, err := structuralschema.NewStructural(in)
	if err != nil {
		a.Fatal = err.Error()
		return
	}
	obj := map[string]interface{}{}
	if err := utiljson.Unmarshal(r.Object, &obj); err != nil {
		a.Fatal = err.Error()
		return
	}
	a.Unknown = pruning.PruneWithOptions(obj, s, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(obj, s)
	defaulting.Default(obj, s)
	v, _, err := validation.NewSchemaValidator(in)
	if err != nil {
		a.Fatal = err.Error()
		return
	}
	errs := validation.ValidateCustomResource(nil, obj, v)
	errs = append(errs, objectmeta.Validate(nil, obj, s, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s, obj)...)
	for _, e := range errs {
		a.Errors = append(a.Errors, e.Error())
		a.Fields = append(a.Fields, e.Field)
	}
	return
}

func main() {
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<28)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for sc.Scan() {
		var r request
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			panic(err)
		}
		b, _ := json.Marshal(judge(r))
		w.Write(b)
		w.WriteString("\n")
	}
}
