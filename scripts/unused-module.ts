/** Stands in for modules that the local engine imports and never uses here. Anything done with it is a mistake, and says so. */
class Unused {
  constructor() {
    throw new Error('this module is left out of the build because the local engine has no use for it');
  }
}

export { Unused as default, Unused as fromCognitoIdentityPool, Unused as InvokeCommand, Unused as LambdaClient };
