"""Reads a folder of shards with Streaming's own StreamingDataset, and writes what it read as JSON, in the order of the samples.

    read_mds.py <folder> <cache>
"""

import json
import sys

from streaming import StreamingDataset


def main() -> None:
    folder, cache = sys.argv[1:3]
    # As the shipped program reads it: copied to a cache, its digest checked.
    dataset = StreamingDataset(remote=folder, local=cache, batch_size=1, shuffle=False, validate_hash="sha1")
    rows = [dataset[number] for number in range(dataset.num_samples)]
    print("READ " + json.dumps({"shards": len(dataset.shards), "rows": rows}))


if __name__ == "__main__":
    main()
