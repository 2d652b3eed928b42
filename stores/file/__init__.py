"""The file store: folders and files as MLflow lays them out."""
