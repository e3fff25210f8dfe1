TAGS = ["config"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    env = m.env()
    out = [env.get_restart_strategy().__class__.__name__ if hasattr(env, "get_restart_strategy") else 0]
    cfg = C.Configuration()
    cfg.set_integer("parallelism.default", 7)
    cfg.set_string("pipeline.name", "nn")
    cfg.set_boolean("pipeline.operator-chaining.enabled", False)
    env.configure(cfg)
    out += [env.get_parallelism(), env.is_chaining_enabled()]
    cc = env.get_checkpoint_config()
    cc.set_checkpointing_mode(D.CheckpointingMode.EXACTLY_ONCE)
    cc.enable_unaligned_checkpoints()
    out += [cc.is_unaligned_checkpoints_enabled(), cc.get_checkpointing_mode().name]
    cc.set_tolerable_checkpoint_failure_number(3)
    cc.set_checkpoint_interval(1234)
    out += [cc.get_tolerable_checkpoint_failure_number(), cc.get_checkpoint_interval(), env.get_checkpoint_interval()]
    ec = env.get_config()
    ec.set_auto_watermark_interval(77)
    out += [ec.get_auto_watermark_interval(), ec.get_max_parallelism(), ec.is_object_reuse_enabled(), ec.enable_object_reuse().is_object_reuse_enabled(), ec.is_closure_cleaner_enabled() if hasattr(ec, "is_closure_cleaner_enabled") else 0]
    out += [cfg.get_integer("parallelism.default", 1), cfg.get_string("pipeline.name", ""), cfg.get_boolean("x", True), sorted(cfg.key_set()), cfg.contains_key("pipeline.name"), cfg.to_dict()]
    return out
