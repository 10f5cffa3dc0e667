"""Runs a program until it ends, or until whoever holds our standard input is gone: a killed test run leaves no server behind."""

import os
import signal
import subprocess
import sys
import threading


def end_with_parent():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=end_with_parent, daemon=True).start()
sys.exit(child.wait())
