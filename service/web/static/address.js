// The event that the page's address names.

/** Its id, or undefined. */
export const addressed = () => /^#event=([0-9a-f]{16})$/.exec(location.hash)?.[1];

/** Let the address name an event, without another step to go back. */
export const address = (id) => history.replaceState(null, "", `#event=${id}`);
