"""What a finished job leaves."""

from __future__ import annotations

from typing import Any

from headrace.common.job_id import JobID

__all__ = ["JobExecutionResult"]


class JobExecutionResult:
    """The result of a finished job: its identifier, run time and accumulators."""

    def __init__(
        self, job_id: JobID, net_runtime_ms: int, accumulators: dict[str, Any] | None = None
    ) -> None:
        self._job_id = job_id
        self._net_runtime_ms = net_runtime_ms
        self._accumulators = dict(accumulators or {})

    def get_job_id(self) -> JobID:
        """The job."""
        return self._job_id

    def get_net_runtime(self) -> int:
        """How long the job ran, in milliseconds."""
        return self._net_runtime_ms

    def get_accumulator_result(self, accumulator_name: str) -> Any:
        """The value of one accumulator, None where there is none of that name."""
        return self._accumulators.get(accumulator_name)

    def get_all_accumulator_results(self) -> dict[str, Any]:
        """The accumulators by name."""
        return dict(self._accumulators)

    def __str__(self) -> str:
        return (
            f"Job {self._job_id} has finished in {self._net_runtime_ms} ms "
            f"with {len(self._accumulators)} accumulators"
        )
