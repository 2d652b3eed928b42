"""An MLflow tracking store that keeps everything in this process's memory: memory://NAME."""


def open_store(store_uri, artifact_uri=None):
    """What the entry point names. MLflow is imported here and not above, so that it can import us."""
    from mlflow_memory_store.store import MemoryStore

    return MemoryStore(store_uri, artifact_uri)
