"""Runs a job's script: fetches it, starts its process, watches over it and brings its outputs into S3."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from local_aws import access_log, settings
from local_aws.services.glue.jobs import bootstrap
from local_aws.services.glue.jobs.java import NoJavaError
from local_aws.services.glue.jobs.model import FAILED, STOPPED, SUCCEEDED, TIMEOUT, JobRun
from local_aws.services.glue.jobs.object_access import record_accesses
from local_aws.services.glue.jobs.run_arguments import command_line, special_arguments
from local_aws.services.glue.jobs.spark_environment import (
    WorkFolder,
    process_environment,
    write_configuration,
)
from local_aws.services.glue.jobs.spark_releases import UnsupportedGlueVersionError, spark_release
from local_aws.services.glue.logs import LogStream
from local_aws.services.s3 import storage
from local_aws.waiting import wait_until

log = logging.getLogger(__name__)
KILL_AFTER_S = 5
_POLL_S = 0.1
_LOG_DRAIN_S = 5
EndCallback = Callable[[JobRun], None]


class LaunchError(RuntimeError):
    """The script could not be started."""


class RunExecution:
    """One run's thread and process.

    :param on_end: called with the run once it has ended
    """

    def __init__(self, run: JobRun, job_id: str, region: str, on_end: EndCallback) -> None:
        self.run = run
        self._job_id = job_id
        self._on_end = on_end
        self._stop_requested = threading.Event()
        self._interruption: str | None = None
        log_group = run.log_group(region)
        self._output = LogStream(f"{log_group}/output", run.job_run_id, region, run.role)
        self._error = LogStream(f"{log_group}/error", run.job_run_id, region, run.role)
        self._thread = threading.Thread(target=self._run_to_the_end, name=f"glue-{run.job_run_id[:11]}", daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the process soon, as BatchStopJobRun does; the run then becomes STOPPED."""
        self._stop_requested.set()

    def interrupt(self, reason: str) -> None:
        """End the process soon, though nobody asked for it; the run then becomes FAILED for that reason.

        STOPPED would say that a person did it: Airflow takes that for finished and does not try again.
        """
        self._interruption = reason
        self._stop_requested.set()

    def _state_of_stop(self) -> tuple[str, str | None]:
        return (FAILED, self._interruption) if self._interruption else (STOPPED, None)

    def join(self, timeout_s: float) -> bool:
        """Whether the run has ended within the time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run_to_the_end(self) -> None:
        with access_log.acting_as(self.run.role):
            self._run(WorkFolder(settings.current().data_dir / "glue" / self.run.job_run_id))

    def _run(self, work: WorkFolder) -> None:
        state, message = FAILED, None
        try:
            work.make()
            state, message = self._execute(work)
        except (LaunchError, NoJavaError, UnsupportedGlueVersionError) as error:
            message = str(error)
        except Exception as error:
            # A bug in here must end the run: left RUNNING, its client would wait for ever.
            log.exception("the run %s failed inside local_aws", self.run.job_run_id)
            message = f"local_aws failed: {type(error).__name__}: {error}"
        record_accesses(work.accesses)
        problem = self._publish_outputs()
        shutil.rmtree(work.path, ignore_errors=True)
        if problem is not None:
            state, message = FAILED, problem
        self.run.set_ended(state, message)
        self._on_end(self.run)

    def _execute(self, work: WorkFolder) -> tuple[str, str | None]:
        command, environment = self._prepare(work)
        if self._stop_requested.is_set():
            return self._state_of_stop()
        watch_descriptor, server_descriptor = os.pipe()
        try:
            process = subprocess.Popen(
                [*command[:2], str(work.failure), str(work.accesses), str(watch_descriptor), *command[2:]],
                cwd=work.script,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=(watch_descriptor,),
            )
            self.run.set_running()
            return self._supervise(process, work)
        finally:
            os.close(watch_descriptor)
            os.close(server_descriptor)

    def _prepare(self, work: WorkFolder) -> tuple[list[str], dict[str, str]]:
        """Fill the work folder; returns the command (interpreter, bootstrap, script, arguments) and its environment."""
        special = special_arguments(self.run.arguments)
        script = _fetch(self.run.script_location, work.script)
        for uri in special.files:
            _fetch(uri, work.script)
        python_path = []
        for number, uri in enumerate(special.python_files):
            fetched = _fetch(uri, work.extra / str(number))
            python_path.append(fetched.parent if fetched.suffix == ".py" else fetched)
        release = spark_release(self.run.glue_version, settings.current().glue_environments)
        write_configuration(work, release, special.spark_settings)
        environment = process_environment(work, release, python_path, self.run.role)
        arguments = command_line(self.run.arguments, self.run.job_name, self._job_id, self.run.job_run_id)
        return [str(release.interpreter), bootstrap.__file__, str(script), *arguments], environment

    def _supervise(self, process: subprocess.Popen[bytes], work: WorkFolder) -> tuple[str, str | None]:
        pumps = [_pump(process.stdout, self._output), _pump(process.stderr, self._error)]
        wait_until(
            lambda: process.poll() is not None or self._stop_requested.is_set(), self.run.timeout_s, interval_s=_POLL_S
        )
        state = None
        if process.poll() is None:
            state = STOPPED if self._stop_requested.is_set() else TIMEOUT
            _terminate(process)
        # The script has ended, but its Java process is still about to.
        _signal_group(process, signal.SIGKILL)
        process.wait()
        for pump in pumps:
            pump.join(_LOG_DRAIN_S)
        if state == TIMEOUT:
            return TIMEOUT, f"Job run exceeded its timeout of {self.run.settings['Timeout']} minutes."
        if state == STOPPED:
            return self._state_of_stop()
        return _outcome(process.returncode, work)

    def _publish_outputs(self) -> str | None:
        """Bring what the script wrote into S3; returns what went wrong."""
        for bucket in storage.bucket_paths():
            try:
                storage.import_changes(bucket)
            except storage.NoSuchBucketError:
                continue  # deleted since it was listed
            except Exception as error:
                log.exception("the outputs in %s of the run %s are not in S3", bucket, self.run.job_run_id)
                return f"local_aws could not bring what the job wrote to {bucket} into S3: {error}"
        return None


def remove_old_work_folders() -> None:
    """Remove what the runs of a server that was killed left."""
    shutil.rmtree(settings.current().data_dir / "glue", ignore_errors=True)


def _fetch(uri: str, folder: Path) -> Path:
    try:
        bucket, key = storage.split_uri(uri)
        content = storage.get_object(bucket, key)
    except (LookupError, ValueError) as error:
        raise LaunchError(f"LAUNCH ERROR | {uri}: {error.args[0]}") from error
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / key.rpartition("/")[2]
    target.write_bytes(content)
    return target


def _pump(pipe: IO[bytes] | None, stream: LogStream) -> threading.Thread:
    def pump() -> None:
        if pipe is None:
            return
        with pipe:
            for line in iter(pipe.readline, b""):
                stream.write(line.decode("utf-8", errors="replace").rstrip("\r\n"))

    thread = threading.Thread(target=pump, name="glue-log", daemon=True)
    thread.start()
    return thread


def _terminate(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole process group to end; who has not by the bound is killed."""
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(KILL_AFTER_S)
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # A group that is gone can't be signalled; macOS says so with EPERM when only a zombie is left in it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _outcome(exit_code: int, work: WorkFolder) -> tuple[str, str | None]:
    if exit_code == 0:
        return SUCCEEDED, None
    if work.failure.exists():
        return FAILED, work.failure.read_text(encoding="utf-8")
    if exit_code < 0:
        return FAILED, f"Command failed: killed by signal {-exit_code} ({signal.Signals(-exit_code).name})"
    return FAILED, f"Command failed with exit code {exit_code}"
