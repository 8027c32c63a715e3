// One thing at a time: a second key while the first is on its way must not answer the same clip again.

/** A function that runs an action with its arguments, by `attempt`, unless another one is under way. */
export function oneAtATime(attempt) {
  let busy = false;
  return async (action, ...args) => {
    if (busy) return;
    busy = true;
    try {
      await attempt(action(...args));
    } finally {
      busy = false;
    }
  };
}
