"""A PostgreSQL of one's own for a while."""

import contextlib
import os
import pathlib
import shutil
import subprocess

BINARIES = pathlib.Path(os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin"))
PORT = 55_440
SETTINGS = """
port = {port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
shared_buffers = 1GB
work_mem = 64MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
max_wal_size = 4GB
checkpoint_timeout = 15min
max_connections = 200
timezone = 'UTC'
"""


def control(*command):
    """PostgreSQL does not run as root: then it runs as postgres."""
    text = [str(part) for part in command]
    if os.geteuid() == 0:
        text = ["runuser", "-u", "postgres", "--", *text]
    subprocess.run(text, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def postgres(folder, database):
    """The URL of a database in a cluster that is kept in the folder, and the process of the cluster."""
    cluster = folder / "cluster"
    if not cluster.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        control(BINARIES / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with open(cluster / "postgresql.conf", "a") as file:
            file.write(SETTINGS.format(port=PORT, folder=folder))
    control(BINARIES / "pg_ctl", "-D", cluster, "-l", folder / "log", "-w", "start")
    try:
        url = f"postgres://postgres@127.0.0.1:{PORT}"
        known = subprocess.run(["psql", "-qXAt", f"{url}/postgres", "-c", "SELECT datname FROM pg_database"], check=True, text=True,
                               capture_output=True).stdout.split()
        if database not in known:
            subprocess.run(["psql", "-qX", f"{url}/postgres", "-c", f"CREATE DATABASE {database}"], check=True)
        yield f"{url}/{database}", int((cluster / "postmaster.pid").read_text().split()[0])
    finally:
        control(BINARIES / "pg_ctl", "-D", cluster, "-m", "fast", "-w", "stop")
