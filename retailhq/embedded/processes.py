"""Finds the servers' processes by the folder that they work in, and ends those that a crash has left behind."""

import os
import signal
from pathlib import Path

import psutil


def servers_in(folder: Path, program: str) -> list[psutil.Process]:
    """Live processes of `program` whose working directory is `folder`.

    A process number alone proves nothing: after a crash or a reboot it may belong to somebody else. Both servers work in their data folder;
    Linux marks the folder as deleted when it was removed under a running server, which is then just as much ours.
    """
    wanted = {str(folder), f"{folder} (deleted)"}
    found = []
    for process in psutil.process_iter():
        try:
            # The folder first: it is one look per process, and hardly any has it.
            if process.cwd() in wanted and process.name() == program and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def has_its_folder(process: psutil.Process) -> bool:
    """Whether the folder that the process works in still exists under the name that it had."""
    try:
        return os.path.isdir(process.cwd())
    except psutil.Error:
        return False


def is_serving(pid: int, folder: Path, program: str) -> bool:
    """Whether process `pid` is alive, is `program` and works in `folder`."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.name() == program and process.cwd() in {str(folder), f"{folder} (deleted)"}
    except psutil.Error:
        return False


def end(processes: list[psutil.Process], first: signal.Signals, seconds: float) -> None:
    """Sends `first` to the processes, waits up to `seconds`, kills what is left and waits until it is gone."""
    for process in processes:
        try:
            process.send_signal(first)
        except psutil.Error:
            continue
    _, left = psutil.wait_procs(processes, timeout=seconds)
    for process in left:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(left, timeout=10)
