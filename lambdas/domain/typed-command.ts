/** A command as one would type it: rladmin's come without the program, those of the REST API begin with their method. */
export const typed = (command: string): string => (/^(?:GET|PUT) \//.test(command) ? command : `rladmin ${command}`);
