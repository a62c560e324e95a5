package main

import (
	"context"
	"net"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apiserver/pkg/registry/generic"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/registry/core/service/ipallocator"
	"k8s.io/kubernetes/pkg/registry/core/service/portallocator"
	servicestorage "k8s.io/kubernetes/pkg/registry/core/service/storage"
)

// services is the real Service storage without a store behind it: its hooks allocate addresses and node
// ports before validation, and some errors come only from there.
// The cluster is dual stack, IPv4 first, with the default node port range 30000-32767.
var services = func() *servicestorage.REST {
	ports, err := portallocator.NewInMemory(utilnet.PortRange{Base: 30000, Size: 2768})
	if err != nil {
		panic(err)
	}
	addresses := map[api.IPFamily]ipallocator.Interface{
		api.IPv4Protocol: anyAddress{api.IPv4Protocol, "0.0.0.0/0", "10.96.0.77"},
		api.IPv6Protocol: anyAddress{api.IPv6Protocol, "::/0", "fd00::77"},
	}
	store, _, _, err := servicestorage.NewREST(noStore{}, api.IPv4Protocol, addresses, ports, nil, nil, nil)
	if err != nil {
		panic(err)
	}
	return store
}()

// beforeCreate runs the hook that precedes the strategy, and gives back what it allocated.
func beforeCreate(ctx context.Context, object runtime.Object) error {
	if _, ok := object.(*api.Service); !ok {
		return nil
	}
	finish, err := services.BeginCreate(ctx, object, &metav1.CreateOptions{})
	return finished(ctx, finish, err)
}

func beforeUpdate(ctx context.Context, object, old runtime.Object) error {
	if _, ok := object.(*api.Service); !ok {
		return nil
	}
	finish, err := services.BeginUpdate(ctx, object, old, &metav1.UpdateOptions{})
	return finished(ctx, finish, err)
}

func finished(ctx context.Context, finish genericregistry.FinishFunc, err error) error {
	if err == nil {
		finish(ctx, false)
	}
	return err
}

// anyAddress grants every address asked for: which ones a cluster owns is not the manifest's business.
type anyAddress struct {
	family api.IPFamily
	cidr   string
	next   string
}

func (a anyAddress) Allocate(net.IP) error         { return nil }
func (a anyAddress) AllocateNext() (net.IP, error) { return net.ParseIP(a.next), nil }
func (a anyAddress) Release(net.IP) error          { return nil }
func (a anyAddress) ForEach(func(net.IP))          {}
func (a anyAddress) IPFamily() api.IPFamily        { return a.family }
func (a anyAddress) Has(net.IP) bool               { return false }
func (a anyAddress) Destroy()                      {}
func (a anyAddress) EnableMetrics()                {}
func (a anyAddress) DryRun() ipallocator.Interface { return a }
func (a anyAddress) CIDR() net.IPNet {
	_, network, err := net.ParseCIDR(a.cidr)
	if err != nil {
		panic(err)
	}
	return *network
}

// noStore satisfies the storage's need for options; nothing is ever read from or written to it.
type noStore struct{}

func (noStore) GetRESTOptions(schema.GroupResource, runtime.Object) (generic.RESTOptions, error) {
	return generic.RESTOptions{
		StorageConfig:  &storagebackend.ConfigForResource{},
		ResourcePrefix: "services",
		Decorator: func(*storagebackend.ConfigForResource, string, func(runtime.Object) (string, error), func() runtime.Object,
			func() runtime.Object, storage.AttrFunc, storage.IndexerFuncs, *cache.Indexers) (storage.Interface, factory.DestroyFunc, error) {
			return nil, func() {}, nil
		},
	}, nil
}
