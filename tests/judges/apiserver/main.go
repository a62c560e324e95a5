// Command apiserver says what a Kubernetes 1.35 API server makes of manifests that kubectl sends it.
//
// It reads one JSON request a line and writes one JSON verdict a line; README.md describes both.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/capabilities"
)

type request struct {
	ID       json.RawMessage `json:"id"`
	Manifest string          `json:"manifest"`
	Old      *string         `json:"old"`
}

type verdict struct {
	ID          json.RawMessage `json:"id"`
	OK          bool            `json:"ok"`
	Stage       string          `json:"stage"`
	APIVersion  string          `json:"apiVersion"`
	Kind        string          `json:"kind"`
	Namespace   string          `json:"namespace"`
	Name        string          `json:"name"`
	UnknownKind bool            `json:"unknownKind"`
	Reason      string          `json:"reason,omitempty"`
	Decode      []string        `json:"decode"`
	YAMLStrict  []string        `json:"yamlStrict"`
	Errors      []fieldError    `json:"errors"`
	Warnings    []string        `json:"warnings"`
	Items       []verdict       `json:"items,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Type    string `json:"type"`
	Detail  string `json:"detail"`
	Value   any    `json:"value"`
	Message string `json:"message"`
}

func main() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	// Clusters run privileged containers (kubeadm, every cloud): kube-apiserver --allow-privileged=true.
	capabilities.Setup(true, 0)

	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "apiserver judge:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	decoder := json.NewDecoder(bufio.NewReader(in))
	for {
		var asked request
		if err := decoder.Decode(&asked); err == io.EOF {
			return writer.Flush()
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(judge(asked)); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
	}
}
