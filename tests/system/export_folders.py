# SPDX-License-Identifier: Apache-2.0
"""Folders of exports of made-up tables, one a kind, and how to read their files."""

import csv
import json
import os
import shutil
import subprocess
import tempfile
import unittest

BINARY_DIR = os.environ["KHAOSAT_BINARY_DIR"]
SOURCE_DIR = os.environ["KHAOSAT_SOURCE_DIR"]
OFFICE = os.path.join(SOURCE_DIR, "collector", "install", "office.ini")
LIMIT_S = 120


class ExportFolders(unittest.TestCase):
    KINDS = {}  # folder: what to make in it; "bare" has no words of an office

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="khaosat-export-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for folder, kind in cls.KINDS.items():
            os.mkdir(os.path.join(cls.folder, folder))
            cls.make(kind, folder, *([] if folder == "bare" else [OFFICE]))

    @classmethod
    def make(cls, kind, folder, *office):
        result = subprocess.run([os.path.join(BINARY_DIR, "export-files"), kind, os.path.join(cls.folder, folder), *office],
                                capture_output=True, text=True, timeout=LIMIT_S)
        assert result.returncode == 0, result.stderr

    def path(self, name, kind="public"):
        return os.path.join(self.folder, kind, name)

    def text(self, name, kind="public", encoding="utf-8"):
        with open(self.path(name, kind), encoding=encoding, newline="") as f:
            return f.read()

    def rows(self, name, kind="public"):
        return list(csv.DictReader(self.text(name, kind).splitlines(keepends=True)))

    def json(self, name, kind="public"):
        return json.loads(self.text(name, kind))
