"""Operating a stage: health, preparation."""
