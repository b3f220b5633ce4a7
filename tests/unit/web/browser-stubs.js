// Stand-ins for browser objects that modules use while they are imported. Import this file first.

globalThis.BroadcastChannel = /** @type {any} */ (
  class {
    addEventListener() {}
  }
);

globalThis.addEventListener = () => {};
