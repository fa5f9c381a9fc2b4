"""OpenStack Swift with its S3 interface, on a free port of the loopback interface, all of it in one process.

    /usr/bin/python3 tests/run/swift_server.py FOLDER

Prints the port when it is ready, and ends with its standard input. There is the bucket runs; the key is test:tester,
the secret testing; a list has at most 20 names. Needs Debian's python3-swift and swift, and a folder with extended attributes.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.swob import Request  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

COMMON = """[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
"""

STORAGE = """[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

# The proxy without the question who asks.
INNER = """[pipeline:main]
pipeline = catch_errors cache proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
"""

PROXY = """[pipeline:main]
pipeline = catch_errors cache listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
max_bucket_listing = 20
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def main(folder):
    os.makedirs(f"{folder}/devices/disk")
    names = ["account", "container", "object"]
    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in [*names, "proxy"]}
    for name in names:
        builder = RingBuilder(4, 1, 1)
        port = sockets[name].getsockname()[1]
        builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port,
                         "device": "disk", "weight": 1.0})
        builder.rebalance(seed=1)
        builder.get_ring().save(f"{folder}/{name}.ring.gz")
    with open(os.devnull, "w") as quiet:
        for name, socket in sockets.items():
            path = f"{folder}/{name}.conf"
            with open(path, "w") as file:
                file.write(COMMON.format(folder=folder))
                file.write(PROXY if name == "proxy" else STORAGE.format(name=name))
            eventlet.spawn(wsgi.server, socket, loadapp(path), log=quiet)
        with open(f"{folder}/inner.conf", "w") as file:
            file.write(COMMON.format(folder=folder) + INNER)
        made = Request.blank("/v1/AUTH_test/runs", environ={"REQUEST_METHOD": "PUT"})
        status = made.get_response(loadapp(f"{folder}/inner.conf")).status_int
        if status != 201:
            sys.exit(f"the bucket could not be made: {status}")
        print(sockets["proxy"].getsockname()[1], flush=True)
        eventlet.tpool.execute(sys.stdin.read)


main(sys.argv[1])
