"""A Spark cluster of real processes on this machine, for tests: master, workers, Spark Connect.

All of it listens on loopback, at ports that are free, and is gone when the block ends.
"""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

HOST, PATIENCE = "127.0.0.1", 300  # seconds
WORKERS, ROLES = ("worker-1", "worker-2"), ("driver", "executor")
QUICK = "-XX:TieredStopAtLevel=1"  # Java then compiles as for a short life
DEFAULTS = {
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.driver.memory": "1g",
    "spark.executor.memory": "700m",
    "spark.executor.cores": "1",
    "spark.cores.max": "2",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",  # compiling is most of a small run: local[2] has it
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.connect.grpc.binding.address": HOST,
    "spark.connect.grpc.binding.port": "0",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}


@contextmanager
def standalone(folder):
    """A master and two workers, each with room for one executor of two applications."""
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Cluster:
    """Its address is ``master``; what runs on it has the id that it gives, and is told by it."""

    def __init__(self, folder):
        import pyspark

        self.folder, self.home = folder, Path(pyspark.__file__).parent
        self.processes, self.called = [], {}
        self.events = folder / "events"
        self.events.mkdir()
        ours = {"SPARK_HOME": str(self.home), "SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_IP": HOST,
                "SPARK_LOCAL_DIRS": str(folder / "scratch"), "TMPDIR": str(folder),
                "no_proxy": HOST}  # fmt: skip
        theirs = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK_", "PYSPARK_"))}
        self.java = f"{QUICK} -Djava.io.tmpdir={folder}"
        daemons = {"SPARK_DAEMON_JAVA_OPTS": self.java,
                   "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}  # fmt: skip
        self.env = theirs | ours | daemons

    def start(self):
        own = ["--host", HOST, "--webui-port", "0"]
        deploy = "org.apache.spark.deploy"
        words = ["spark-class", f"{deploy}.master.Master", *own, "--port", "0"]
        self.master = self.daemon("master", words, r"Spark master at (\S+)")
        said = DEFAULTS | {f"spark.{who}.extraJavaOptions": self.java for who in ROLES}
        said |= {"spark.master": self.master, "spark.eventLog.dir": self.events.as_uri()}
        lines = "".join(f"{name} {value}\n" for name, value in said.items())
        (self.folder / "spark-defaults.conf").write_text(lines)
        for name in WORKERS:
            room = ["--cores", "2", "--memory", "2g", "--work-dir", str(self.folder / name)]
            words = ["spark-class", f"{deploy}.worker.Worker", *own, *room, self.master]
            self.daemon(name, words, "registered with master")

    def connect(self):
        """Start a server of Spark Connect; give its address, and its id."""
        kind = "org.apache.spark.sql.connect.service.SparkConnectServer"
        words = ["spark-submit", "--class", kind, "spark-internal"]
        before = self.apps()
        place = self.daemon("connect", words, r"Connect server started at: (\S+)")
        return f"sc://{place}", self.app(before, "connect")

    def daemon(self, name, words, ready):
        """Start a program of Spark's; give what it says when it is ready."""
        line = [str(self.home / "bin" / words[0]), *words[1:]]
        with self.log(name).open("wb") as file:
            self.begin(name, line, stdout=file, stderr=file, env=self.env)
        found = self.until(lambda: re.search(ready, self.log(name).read_text()), name)
        return found[found.re.groups]

    def vsm(self, *words, **env):
        """Start ``vsm`` as a process of its own, which knows of the cluster by its environment."""
        line, pipe = [sys.executable, "-m", "vsmlib", *map(str, words)], subprocess.PIPE
        return self.begin("vsm", line, stdout=pipe, stderr=pipe, text=True, env=self.env | env)

    def begin(self, name, line, **how):
        process = subprocess.Popen(line, start_new_session=True, **how)
        self.processes.append(process)
        self.called[name] = process
        return process

    def log(self, name):
        return self.folder / f"{name}.log"

    def app(self, before, name="vsm"):
        """Give the id of the application that a process adds to those before."""
        return self.until(lambda: self.apps() - before, name).pop()

    def apps(self):
        return {path.name.partition(".")[0] for path in self.events.iterdir()}

    def said(self, app):
        """Give what an application logged of itself, up to now."""
        try:
            return (self.events / f"{app}.inprogress").read_bytes()
        except FileNotFoundError:  # it has ended
            return (self.events / app).read_bytes()

    def jobs(self, app):
        return self.said(app).count(b'"SparkListenerJobEnd"')

    def executors(self, app):
        """Give the processes of an application's executors, which are the workers' children."""
        workers = (psutil.Process(self.called[name].pid) for name in WORKERS)
        children = [child for worker in workers for child in worker.children()]
        return [c for c in children if app in (c.as_dict(["cmdline"])["cmdline"] or ())]

    def until(self, found, name):
        """Wait until something is found, as long as a process runs."""
        end = time.monotonic() + PATIENCE
        while not (it := found()):
            assert self.called[name].poll() is None, f"{name} has ended: see {self.folder}"
            assert time.monotonic() < end, f"{name} takes too long: see {self.folder}"
            time.sleep(0.1)
        return it

    def stop(self):
        """End all, and what they started: first as they would themselves."""
        for process in reversed(self.processes):
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
