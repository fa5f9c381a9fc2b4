"""Runs every cell of a notebook in the Deno kernel and writes it again with its outputs.

    /usr/bin/python3 tools/run_notebook.py examples/notebook.ipynb out.ipynb

`jupyter nbconvert --execute` does the same, but stops listening when the kernel says that it is idle, and
the Deno kernel (2.9) says so before it sends the value of a cell, about every second time. This script
listens a little longer. Needs Debian's python3-nbformat and python3-jupyter-client.
"""
import os
import queue
import sys
import time

import nbformat
from jupyter_client.manager import start_new_kernel

PATIENCE = 120.0  # seconds for a cell
QUIET = 1.0  # seconds without a message after which a cell has said everything
CELL_OUTPUTS = {"execute_result", "display_data", "stream", "error"}


def outputs_of(client, source):
    """The outputs of one cell, in order; displays that are updated keep their place."""
    asked = client.execute(source)
    outputs, places, idle, last = [], {}, False, time.monotonic()
    began = last
    while not (idle and time.monotonic() - last > QUIET):
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"a cell took longer than {PATIENCE} s:\n{source}")
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") != asked:
            continue
        last = time.monotonic()
        kind, content = message["msg_type"], message["content"]
        display = content.get("transient", {}).get("display_id")
        if kind == "status":
            idle = idle or content["execution_state"] == "idle"
        elif kind == "update_display_data" and display in places:
            outputs[places[display]].data = content["data"]
        elif kind in CELL_OUTPUTS:
            if display is not None:
                places[display] = len(outputs)
            outputs.append(nbformat.v4.output_from_msg(message))
    return outputs


def main(source, target):
    notebook = nbformat.read(source, as_version=4)
    here = os.getcwd()
    os.chdir(os.path.dirname(os.path.abspath(source)))
    manager, client = start_new_kernel(kernel_name="deno")
    os.chdir(here)
    failed = 0
    try:
        count = 0
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            count += 1
            cell.outputs = outputs_of(client, cell.source)
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                if output.output_type == "error":
                    failed += 1
                    print("\n".join(output.traceback), file=sys.stderr)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    nbformat.write(notebook, target)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
