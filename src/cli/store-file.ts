// Where the durable memory lies.

/** Name of the file under the data folder. */
export const STORE_FILE = 'store.db'
