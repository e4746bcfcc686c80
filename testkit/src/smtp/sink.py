"""A mail server that stores what it is sent, and fails on cue.

The recipient's local part is the cue: `refuse` is refused for good, `later` for now, `stall` gets no
answer, `lost` is stored and its answer withheld. Ends when its standard input does, so it never outlives its test.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Store:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        cue = address.split("@")[0]
        if cue == "refuse":
            return "550 5.1.1 no such mailbox"
        if cue == "later":
            return "451 4.3.0 try again later"
        if cue == "stall":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:06}")
        about = {
            "from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "authenticated": bool(session.authenticated),
        }
        with open(name + ".json", "w", encoding="utf-8") as file:
            json.dump(about, file)
        with open(name + ".part", "wb") as file:
            file.write(envelope.original_content)
        # Whoever finds the message finds all of it.
        os.rename(name + ".part", name + ".eml")
        if any(address.startswith("lost@") for address in envelope.rcpt_tos):
            server.transport.abort()
        return f"250 2.0.0 stored as {self.count:06}"


def authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (
            data.login.decode() == user and data.password.decode() == password
        )
        return AuthResult(success=good, handled=False)

    return check


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    options = parser.parse_args()

    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    store = Store(options.folder)
    starttls = options.tls == "starttls"

    def session():
        return SMTP(
            store,
            hostname="localhost",
            enable_SMTPUTF8=True,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=authenticator(options.user, options.password) if options.user else None,
            auth_required=options.user is not None,
            auth_require_tls=options.tls == "starttls",
        )

    loop = asyncio.get_running_loop()
    implicit = context if options.tls == "implicit" else None
    server = await loop.create_server(session, "127.0.0.1", options.port, ssl=implicit)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
