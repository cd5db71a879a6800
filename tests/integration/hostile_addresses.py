"""Addresses that somebody might have a server fetch from, to reach what only the server can."""

_HOSTS = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.255.255.254 0.0.0.0 0 0x0 localhost
LOCALHOST localhost. ip6-localhost 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1 192.168.255.255
100.64.0.1 169.254.169.254 169.254.170.2 0xa9fea9fe 2852039166 0251.0376.0251.0376 192.0.0.192 192.0.2.1 198.18.0.1
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 192.88.99.1 [::] [::1]
[0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1]
[2002:808:808::1] [2001:0:7f00:1::] [fc00::1] [fd00:ec2::254] [fe80::1] [fe80::1%25eth0] [fec0::1] [ff02::1]
[2001:db8::1] [3fff::1] [100::1] 100.100.100.200 127.0.0.1. 10.0.0.1. 169.254.169.254. 0127.0.0.1 127.000.000.001
0000000127.0.0.1 0x7F000001 0x7f.1 127.0x1 0300.0250.0.1 0xc0a80001 3232235521 4294967295 4294967297 0x1007f000001
[::ffff:0:127.0.0.1] [::ffff:192.168.0.1] [::ffff:a00:1] [64:ff9b::10.0.0.1] [64:ff9b::c0a8:1] [64:ff9b:1:7f00:1::]
[2002:a9fe:a9fe::1] [2002:c0a8:1::1] [2001:0:a9fe:a9fe::] [fe80::5efe:10.0.0.1] [fe80::1%251] [0:0:0:0:0:ffff:7f00:0001]
[2001:10::1] [2001:20::1] [5f00::1] [ff05::2] [::2] foo.localhost localhost.localdomain metadata
"""
NAMED = {
    "internal.test": ["10.1.2.3"],
    "metadata.test": ["169.254.169.254"],
    "six.test": ["::1"],
    "mapped.test": ["::ffff:10.0.0.1"],
    "nat64.test": ["64:ff9b::a00:1"],
    "both.test": ["8.8.8.8", "127.0.0.1"],
    "late.test": ["2606:4700::1", "fd00::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "10-0-0-1.names.test": ["10.0.0.1"],
    "127.0.0.1.names.test": ["127.0.0.1"],
    "teredo.test": ["2001:0:7f00:1::"],
    "six-to-four.test": ["2002:a00:1::1"],
    "unspecified.test": ["0.0.0.0"],  # noqa: S104  an address to be refused
    "multicast.test": ["224.0.0.251"],
    "shared.test": ["100.64.0.7"],
    "none.test": [],
}
"""Names and what they resolve to."""
_FORMS = """
http://{}/a.jpg https://{}:8443/a.jpg https://user:secret@{}/a.jpg ftp://{}/a.jpg file://{}/etc/passwd gopher://{}/1
//{}/a.jpg {} https:///{} dict://{}:11211/stat https://{}:0/a.jpg https://@{}:22/ ldap://{}/ ws://{}/
sftp://{}/a.jpg tftp://{}:69/a tcp://{}:6379/ https:{}/a.jpg https:/{}/a.jpg https://{}:99999/a.jpg https://{}:-1/a.jpg
https://:secret@{}/a.jpg
"""
_ODD = (
    "",
    "https://",
    "https://?",
    "https://.../",
    "https://[::1/",
    "https://exa mple.com/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://8.8.8.8\r\nHost: internal/",
    "\x00https://8.8.8.8/",
    "javascript:alert(1)",
    "data:image/png;base64,AAAA",
    "file:///etc/passwd",
    "file:///proc/self/environ",
    "unix:///var/run/docker.sock",
    "jar:https://127.0.0.1!/a",
    "about:blank",
    "https:\\\\127.0.0.1\\a.jpg",
    "https://8.8.8.8\\@127.0.0.1/a.jpg",
    "https://8.8.8.8@127.0.0.1/a.jpg",
    "https://8.8.8.8:443@127.0.0.1/a.jpg",
    "https://8.8.8.8%00.127.0.0.1/a.jpg",
    "https://127.0.0.1%2f@8.8.8.8/a.jpg",
    "https://127.0.0.1#@8.8.8.8/a.jpg",
    "https://127.0.0.1?@8.8.8.8/a.jpg",
    "https://%31%32%37.0.0.1/a.jpg",
    "https://%6c%6f%63%61%6c%68%6f%73%74/a.jpg",
    "https://127\u30020\u30020\u30021/a.jpg",
    "https://\uff11\uff12\uff17.0.0.1/a.jpg",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/a.jpg",
    "https://local\u00adhost/a.jpg",
    "https://localhost\u3002/a.jpg",
    "https://xn--127-.0.0.1/a.jpg",
    "https://127.0.0.1\t/a.jpg",
    "https://127.0.0.1 /a.jpg",
    " https://127.0.0.1/a.jpg",
    "ht\ntps://127.0.0.1/a.jpg",
    "HTTPS://127.0.0.1/a.jpg",
    "https://127.0.0.1:443/a.jpg",
    "https://[::1]:443/a.jpg",
    "https://127.0.0.1:/a.jpg",
    "https://[::1].names.test/a.jpg",
    "https://[127.0.0.1]/a.jpg",
    "https://[::1%25lo]/a.jpg",
    "https://[v1.127.0.0.1]/a.jpg",
    "https://" + "a" * 64 + ".test/a.jpg",
    "https://" + "1" * 400 + "/a.jpg",
    "https://127.0.0.1/" + "a" * 1_900,
)
PUBLIC = "8.8.8.8"
"""The one address among all of these that is a host on the internet."""


def hostile_addresses() -> list[str]:
    """No two are the same."""
    hosts = [*_HOSTS.split(), *NAMED]
    forms = [form.format(name) for form in _FORMS.split() for name in ("8.8.8.8", "example.com", "127.0.0.1", "[::1]")]
    return list(dict.fromkeys([*(f"https://{name}/a.jpg" for name in hosts), *forms, *_ODD]))
