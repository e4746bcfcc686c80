"""An SFTP server that takes passwords and does, by file, what no server should.

Prints its port and the fingerprint of its host key as one line of JSON, then serves until its standard input ends.
`faults.json` in the home is read at every use: {"<name>": {"<fault>": <number>}} with

  size_lie      bytes added to the size that is told
  end_after     bytes after which the file ends without having ended
  stall_after   bytes after which reads are not answered
  hang_up_after bytes after which the connection is cut
  grow_at       bytes after which the file gains one line
  pause_ms      milliseconds before every read is answered

and {"": {"entries": ["<name>", ...]}} for entries that every folder is said to have.
"""

import argparse
import asyncio
import json
import os
import socket
import sys

import asyncssh

parser = argparse.ArgumentParser()
parser.add_argument("--home", required=True)
parser.add_argument("--user", required=True)
parser.add_argument("--password", required=True)
parser.add_argument("--login", choices=["password", "question"], default="password")
options = parser.parse_args()
files = os.path.join(options.home, "files")


def faults(name):
    try:
        with open(os.path.join(options.home, "faults.json")) as file:
            return json.load(file).get(name, {})
    except FileNotFoundError:
        return {}


class Login(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return options.login == "password"

    def validate_password(self, username, password):
        return (username, password) == (options.user, options.password)

    def kbdint_auth_supported(self):
        return options.login == "question"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return (username, list(responses)) == (options.user, [options.password])


class Files(asyncssh.SFTPServer):
    def __init__(self, channel):
        super().__init__(channel, chroot=files)
        self.names = {}
        self.channel_of_files = channel

    def told(self, attrs, name):
        attrs = attrs if isinstance(attrs, asyncssh.SFTPAttrs) else asyncssh.SFTPAttrs.from_local(attrs)
        lie = faults(name).get("size_lie", 0)
        if attrs.size is not None:
            attrs.size += lie
        return attrs

    def stat(self, path):
        return self.told(super().stat(path), os.path.basename(path).decode(errors="replace"))

    def lstat(self, path):
        return self.told(super().lstat(path), os.path.basename(path).decode(errors="replace"))

    def fstat(self, file):
        return self.told(super().fstat(file), self.names.get(file, ""))

    async def scandir(self, path):
        async for entry in super().scandir(path):
            name = entry.filename
            name = name.decode(errors="replace") if isinstance(name, bytes) else name
            entry.attrs = self.told(entry.attrs, name)
            yield entry
        for name in faults("").get("entries", []):
            attrs = asyncssh.SFTPAttrs(size=1, permissions=0o100644, atime=1, mtime=1)
            yield asyncssh.SFTPName(name.encode("latin-1"), "", attrs)

    def open(self, path, pflags, attrs):
        file = super().open(path, pflags, attrs)
        self.names[file] = os.path.basename(path).decode(errors="replace")
        return file

    async def read(self, file, offset, size):
        fault = faults(self.names.get(file, ""))
        await asyncio.sleep(fault.get("pause_ms", 0) / 1000)
        if offset + size > fault.get("stall_after", float("inf")):
            await asyncio.Event().wait()
        if offset + size > fault.get("hang_up_after", float("inf")):
            self.channel_of_files.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        if offset + size > fault.get("grow_at", float("inf")):
            with open(os.path.join(files, self.names[file]), "ab") as growing:
                growing.write(b"K9,Nine\n")
        end = fault.get("end_after")
        if end is not None:
            size = max(0, min(size, end - offset))
        return super().read(file, offset, size)


async def main():
    os.makedirs(files, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(
        Login,
        "127.0.0.1",
        0,
        server_host_keys=[key],
        sftp_factory=Files,
        allow_scp=False,
    )
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "fingerprint": key.get_fingerprint("sha256")}), flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.buffer.read)


asyncio.run(main())
