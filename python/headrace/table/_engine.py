"""The session of a table environment, with its settings kept the same on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headrace.common.configuration import Configuration

if TYPE_CHECKING:
    from headrace._core import Session

Json = dict[str, Any]


class Engine:
    """Requests of one environment. The session is opened by the first."""

    def __init__(self, conf: Configuration, session: Callable[[], Session] | None = None) -> None:
        self.conf = conf
        self._given = session
        self._opened: Session | None = None
        self._sent: dict[str, str] = {}

    def session(self) -> Session:
        """The session."""
        if self._opened is None:
            if self._given is not None:
                self._opened = self._given()
            else:
                from headrace import _core

                self._opened = _core.Session(self.conf.to_dict())
                self._sent = self.conf.to_dict()
        return self._opened

    def call(self, request: Json) -> Json:
        """Serves a request under the settings as they are now."""
        return self.sync().call(request)

    def sync(self) -> Session:
        """The session, with the settings as they are now."""
        session = self.session()
        have = self.conf.to_dict()
        if have != self._sent:
            gone = [k for k in self._sent if k not in have]
            session.call({"config": {"set": have, "unset": gone}})
            self._sent = have
        return session

    def execute_sql(self, text: str) -> Json:
        """Runs a statement; SET and RESET change the settings here too."""
        reply = self.call({"executeSql": {"text": text}})
        if reply.get("kind") == "success" and _changes_settings(text):
            options = self.session().call({"config": {"get": True}})["options"]
            for key in [k for k in self._sent if k not in options]:
                self.conf.remove_config(key)
            for key, value in options.items():
                self.conf.set_string(key, value)
            self._sent = self.conf.to_dict()
        return reply

    def table(self, verb: str, **fields: Any) -> Json:
        """A planpb.TableRequest; fields that are None are left out."""
        given = {k: v for k, v in fields.items() if v is not None}
        return self.call({"table": {"verb": verb, **given}})

    def catalog(self, verb: str, **fields: Any) -> Json:
        """A planpb.CatalogRequest; fields that are None are left out."""
        given = {k: v for k, v in fields.items() if v is not None}
        return self.call({"catalog": {"verb": verb, **given}})

    def close(self) -> None:
        """Ends the session that was opened here."""
        if self._opened is not None and self._given is None:
            self._opened.close()
        self._opened = None


def _changes_settings(text: str) -> bool:
    words = text.split(None, 1)
    return bool(words) and words[0].upper().rstrip(";") in ("SET", "RESET")
