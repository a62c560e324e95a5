"""IP addresses and CIDR blocks as the API server reads them in its older fields.

Source: k8s.io/apimachinery ``pkg/util/validation/ip.go`` (IsValidIPForLegacyField, IsValidCIDRForLegacyField, with the feature gate
StrictIPCIDRValidation off, as it is by default up to 1.35) and k8s.io/utils ``internal/third_party/forked/golang/net``.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LEADING_ZEROS = re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])")
_LINK_LOCAL_MULTICAST: Final = IPv4Network("224.0.0.0/24")


def parse_address(text: str) -> Address | None:
    """The address, or None where the text is none; its numbers may have leading zeros, and zones are refused."""
    if not text.isascii() or "%" in text or "/" in text:
        return None
    try:
        text = _LEADING_ZEROS.sub("", text)
        return IPv6Address(text) if ":" in text else IPv4Address(text)
    except ValueError:
        return None


def parse_network(text: str) -> Network | None:
    """The block ``address/bits`` names, or None where the text is none; bits of the address beyond the prefix are dropped."""
    before, slash, bits = text.partition("/")
    address = parse_address(before)
    if address is None or not slash or not bits.isascii() or not bits.isdigit() or len(bits) > 100 or int(bits) > address.max_prefixlen:
        return None
    network: type[IPv4Network | IPv6Network] = IPv4Network if isinstance(address, IPv4Address) else IPv6Network
    return network((int(address), int(bits)), strict=False)


def is_ipv6(text: str) -> bool:
    """Whether the text is an IPv6 address that does not merely wrap an IPv4 one (k8s.io/utils/net IsIPv6String)."""
    address = parse_address(text)
    return isinstance(address, IPv6Address) and address.ipv4_mapped is None


def why_not_routable(text: str) -> str | None:
    """Why traffic cannot be sent to an address ("is a loopback address"), or None.

    Source: ValidateEndpointIP in Kubernetes pkg/apis/core/validation/validation.go.
    """
    address = parse_address(text)
    if address is None:
        return "is not an IP address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_unspecified:
        return "is the unspecified address"
    if address.is_loopback:
        return "is a loopback address"
    if address.is_link_local:
        return "is a link-local address"
    # Of IPv6 the scope alone counts, whatever the flags say (Go's net.IP.IsLinkLocalMulticast).
    local = (
        address.packed[0] == 0xFF and address.packed[1] & 0x0F == 2
        if isinstance(address, IPv6Address)
        else address in _LINK_LOCAL_MULTICAST
    )
    if local:
        return "is a link-local multicast address"
    return None
