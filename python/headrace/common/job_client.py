"""A handle on a running job."""

from __future__ import annotations

import weakref
from typing import Any, Protocol

from headrace._runtime.accumulators import drop, merged
from headrace.common.completable_future import CompletableFuture
from headrace.common.job_execution_result import JobExecutionResult
from headrace.common.job_id import JobID
from headrace.common.job_status import JobStatus

__all__ = ["JobClient"]


class Session(Protocol):
    """The part of an engine session that a job needs."""

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends one planpb.Request in JSON form and gives the reply."""
        ...


class JobClient:
    """Asks for a job's status and result, cancels it, takes savepoints."""

    def __init__(self, session: Session, job_id: str, accumulators: str = "") -> None:
        self._session = session
        self._id = job_id
        self._accumulators = accumulators  # the token of headrace._runtime.accumulators
        self._error: BaseException | None = None  # the engine gives it once
        weakref.finalize(self, drop, accumulators)

    def _job(self, verb: str, **options: str) -> dict[str, Any]:
        request: dict[str, Any] = {"id": self._id, "verb": verb}
        if options:
            request["options"] = options
        return self._session.call({"job": request})

    def get_job_id(self) -> JobID:
        """The job's identifier."""
        return JobID(self._id)

    def get_job_status(self) -> CompletableFuture[JobStatus]:
        """The job's status."""
        return CompletableFuture(self._status)

    def _status(self) -> JobStatus:
        return JobStatus[str(self._job("status")["status"]).upper()]

    def cancel(self) -> CompletableFuture[None]:
        """Cancels the job."""
        self._job("cancel")
        return CompletableFuture(lambda: None)

    def stop_with_savepoint(
        self, advance_to_end_of_event_time: bool, savepoint_directory: str | None = None
    ) -> CompletableFuture[str]:
        """Stops the job with a savepoint and gives the savepoint's path.

        advance_to_end_of_event_time fires all event-time timers first.
        """
        options = {"drain": "true" if advance_to_end_of_event_time else "false"}
        if savepoint_directory is not None:
            options["directory"] = savepoint_directory
        return CompletableFuture(lambda: str(self._job("stop", **options)["path"]))

    def trigger_savepoint(self, savepoint_directory: str | None = None) -> CompletableFuture[str]:
        """Takes a savepoint of the running job and gives its path."""
        options = {} if savepoint_directory is None else {"directory": savepoint_directory}
        return CompletableFuture(lambda: str(self._job("savepoint", **options)["path"]))

    def rescale(self, parallelism: int) -> CompletableFuture[None]:
        """Gives the running job another parallelism, without losing or repeating a row.

        A checkpoint is taken and the tasks start from it. Operators that were given parallelism 1
        keep it.
        """
        return CompletableFuture(lambda: self._rescale(parallelism))

    def _rescale(self, parallelism: int) -> None:
        self._job("rescale", parallelism=str(parallelism))

    def get_accumulators(self) -> CompletableFuture[dict[str, Any]]:
        """The accumulators' present values by name, merged over all subtasks."""
        return CompletableFuture(self._accumulated)

    def _accumulated(self) -> dict[str, Any]:
        found = merged(self._accumulators)
        return {name: found[name].get_local_value() for name in sorted(found)}

    def get_metrics(self) -> dict[str, int | float]:
        """The present values of all metrics by name, those that functions registered among them.

        A name is that of the operator, its subtask, and the metric's groups and own name, joined
        by dots; a distribution has several values. Values of running functions are up to a second
        old.
        """
        return dict(self._job("metrics").get("metrics", {}))

    def get_job_execution_result(self) -> CompletableFuture[JobExecutionResult]:
        """The result, once the job has finished; raises what made it fail."""
        return CompletableFuture(
            self._wait, ready=lambda: self._status().is_terminal_state(), cancel=self._cancelled
        )

    def _wait(self) -> JobExecutionResult:
        if self._error is not None:
            raise self._error
        try:
            reply = self._job("wait")
        except Exception as error:
            self._error = error
            raise
        runtime = int(reply.get("runtimeMs", reply.get("runtime_ms", 0)))
        return JobExecutionResult(JobID(self._id), runtime, self._accumulated())

    def _cancelled(self) -> bool:
        self._job("cancel")
        return True
