"""What leaves the company in a demonstration: mails, printed documents, files that a person downloads.

All of it lies in build/demo afterwards.
"""

import hashlib
import json
import re
import shutil
import zipfile
from contextlib import contextmanager
from unittest.mock import patch

import requests
from kit.layout import CHECKOUT

from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server

FOLDER = CHECKOUT / "build" / "demo"


def clear():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


def save(name, content):
    """Write a file; the name may have folders in it."""
    parts = [re.sub(r'[<>:"\\|?*]+', "-", part).strip(" .") for part in name.split("/")]
    path = FOLDER.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@contextmanager
def posting():
    """While the block runs, mails go into the folder `Mails` instead of to a mail server."""
    sent = []

    def send(_self, message, *_args, **_kwargs):
        sent.append(message)
        subject = message["Subject"].replace("/", "-")
        save(f"Mails/{len(sent):02} {subject}.eml", message.as_bytes())
        return message["Message-Id"]

    with (
        patch.object(IrMail_Server, "_connect__", lambda *args, **kwargs: None),
        patch.object(IrMail_Server, "send_email", send),
    ):
        yield sent


def print_report(report, records):
    """:return: the PDF of a report (external id) in the language of the environment"""
    content, kind = records.env["ir.actions.report"]._render_qweb_pdf(report, res_ids=records.ids)
    assert kind == "pdf", f"{report} was not printed"
    return content


class Browser:
    """What a person asks of the server over HTTP."""

    def __init__(self, database, login=None):
        self.url = f"http://127.0.0.1:{config['http_port']}"
        self.session = requests.Session()
        if login:
            self.call("/web/session/authenticate", db=database, login=login, password=login)

    def call(self, path, **params):
        """A JSON-RPC route. :return: its result"""
        answer = self.session.post(self.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=120).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def fill_in(self, path, **values):
        """Fill in the form of a page, and send it; `access_token` also opens the page.

        :return: the page that follows
        """
        params = {key: values[key] for key in ("access_token",) if key in values}
        form = self.session.get(self.url + path, params=params, timeout=120)
        form.raise_for_status()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text).group(1)
        answer = self.session.post(self.url + path, data={"csrf_token": token, **values}, timeout=120)
        answer.raise_for_status()
        return answer

    def download(self, action):
        """:return: the content of the file to which an action leads"""
        answer = self.session.get(self.url + action["url"], timeout=600)
        answer.raise_for_status()
        return answer.content


def unpack(path):
    """Unpack an exported archive, and check it by its own manifest, with nothing but the files.

    :return: number of files checked
    """
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    assert (folder / "index.html").read_bytes().startswith(b"<!DOCTYPE html>"), "The index is no page"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    checked = 0
    for dossier in manifest["dossiers"]:
        seal = json.dumps(dossier["seal"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(seal.encode()).hexdigest() == dossier["digest"], f"{dossier['number']}: digest"
        for document, sealed in zip(dossier["documents"], dossier["seal"]["documents"], strict=True):
            found = hashlib.sha256((folder / document["path"]).read_bytes()).hexdigest()
            assert found == sealed["sha256"], f"{document['path']} is not what was sealed"
            checked += 1
    return checked
