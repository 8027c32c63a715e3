"""GStreamer's RTSP server with one clip, or two. Run by Debian's own Python, which has GStreamer's bindings.

Prints `ready PORT` once it listens, `client` for every connection and `play /main` or `play /sub` for every
stream that begins. Whoever connects gets the clip from its beginning, at its own speed.
"""

import argparse
import sys

import gi

for name, version in (("Gst", "1.0"), ("GstRtsp", "1.0"), ("GstRtspServer", "1.0")):
    gi.require_version(name, version)
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions come first

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--clip", required=True)
parser.add_argument("--sub", help="another clip, at /sub")
parser.add_argument("--codec", choices=("h264", "h265"), default="h264")
parser.add_argument("--password", help="of the user `viewer`, asked for by digest")
args = parser.parse_args()

Gst.init(None)
sys.stdout.reconfigure(line_buffering=True)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(args.port)
factories = {}
for path, clip in (("/main", args.clip), ("/sub", args.sub)):
    if clip:
        factories[path] = factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            f'( filesrc location="{clip}" ! qtdemux ! {args.codec}parse '
            f"! rtp{args.codec}pay name=pay0 pt=96 config-interval=-1 )"
        )
        factory.connect("media-configure", lambda *_, path=path: sys.stdout.write(f"play {path}\n"))
if args.password:
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
    auth.add_digest("viewer", args.password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("user")
    for right in ("access", "construct"):
        permissions.add_permission_for_role("user", f"media.factory.{right}", True)
    for factory in factories.values():
        factory.set_permissions(permissions)
for path, factory in factories.items():
    server.get_mount_points().add_factory(path, factory)
if server.attach(None) == 0:
    raise SystemExit(f"port {args.port} cannot be had")
server.connect("client-connected", lambda *_: sys.stdout.write("client\n"))
sys.stdout.write(f"ready {server.get_bound_port()}\n")
GLib.MainLoop().run()
